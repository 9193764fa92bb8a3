import { setPools } from './core/pool.js'

// What only fits of several threads need is fetched by them.
setPools(async (threads, options) => (await import('./shard/pool.js')).makePool(threads, options))

export { init } from '../bindings/instance.js'
export { type Pool, type Threads } from './core/pool.js'
export { workers } from './core/pool.js'
export { FormatError, KernelTrap, LatensError, OutOfMemory, WorkerLost } from './core/errors.js'
export { type MatrixInput } from './core/blocks.js'
export { csr, dense, toRowMajor, type Csr, type Dense, type Matrix, type MatrixLike } from './core/matrix.js'
export { nearest, type OptionSpec, type OptionSpecs } from './core/options.js'
export { type Run, type RunOnce } from './core/run.js'
export { registry } from './registry.js'
export { NMF, type NmfInput } from './factorization/nmf.js'
export { type NmfStep } from './factorization/nmf-descent.js'
export { type NmfSums } from './factorization/nmf-fit.js'
export { NmfModel } from './factorization/nmf-model.js'
export { type NmfProgress } from './factorization/nmf-projection.js'
export { type NmfOptions } from './factorization/nmf-options.js'
