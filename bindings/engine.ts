import { instantiate } from 'as-bind/dist/as-bind.esm.js'
import { LatensError } from '../src/core/errors.js'
import { bindStrings } from './converters.js'
import type { Kernels } from './kernels.js'
import { Arena, MAX_BYTES } from './memory.js'

/** Of the kernels' signatures: what assembly/abi.ts must answer. */
export const ABI_VERSION = 3

/** One instance of the engine with its own memory. A fit borrows one, so concurrent fits never share an arena. */
export interface Engine {
  /** Of the relaxed build: multiply-adds are fused where the host can, and the last bits are its own. */
  readonly fast: boolean
  /** On a memory that other threads can work on. */
  readonly shared: boolean
  /** What another thread makes an instance of its own from. */
  readonly module: WebAssembly.Module
  /** Set where another thread may still write to the memory: it is not lent again. */
  spoiled: boolean
  readonly kernels: Kernels
  readonly arena: Arena
}

/** An instance of `module` over `memory`: how another thread comes to its own. */
export async function attach(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Engine> {
  const bound = await instantiate(module, { env: { memory } })
  // as-bind binds what the module's section declares; `Kernels` is generated from that same section.
  const kernels = bound.exports as unknown as Kernels
  const found = kernels.abiVersion()
  if (found !== ABI_VERSION) {
    throw new LatensError(`engine: ABI version of the module: wanted ${ABI_VERSION}, got ${found}`)
  }
  const arena = new Arena(memory, kernels.heapBase(), MAX_BYTES)
  bindStrings(arena)
  const onShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer
  return { fast: Boolean(kernels.relaxed()), shared: onShared, spoiled: false, module, kernels, arena }
}
