import { instantiate } from 'as-bind/dist/as-bind.esm.js'
import { load } from '#wasm'
import { KernelTrap, LatensError } from '../src/core/errors.js'
import { bindStrings } from './converters.js'
import type { Kernels } from './kernels.js'
import { Arena } from './memory.js'
import { hasRelaxed } from './relaxed.js'

/** Of the kernels' signatures: what assembly/abi.ts must answer. */
export const ABI_VERSION = 2
const MAX_PAGES = 65535 // pointers stay below 2^32
const MAX_BYTES = MAX_PAGES * 65536
const KEEP = 2 // idle instances kept of each build
const KEEP_BYTES = 64 << 20 // an instance that has grown beyond this is let go: memory never shrinks

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

/** What a call wants of its engine. */
export interface Wanted {
  /** Bound on the arena; by default the host's alone. */
  readonly maxBytes?: number | undefined
  /** The relaxed build, where the host has relaxed SIMD. */
  readonly fast?: boolean
  /** The exact build on a memory that threads share; the host must have it. Not together with `fast`. */
  readonly shared?: boolean
}

/** One way the kernels are compiled, and its idle instances. */
interface Build {
  readonly fast: boolean
  readonly shared: boolean
  readonly idle: Engine[]
  load(): Promise<WebAssembly.Module>
  module: Promise<WebAssembly.Module> | undefined
}

const exact: Build = { fast: false, shared: false, idle: [], load, module: undefined }
// Modules of their own, fetched by the first call that asks for them.
const shared: Build = {
  fast: false,
  shared: true,
  idle: [],
  load: async () => (await import('#wasm-shared')).load(),
  module: undefined,
}
const relaxed: Build = {
  fast: true,
  shared: false,
  idle: [],
  load: async () => (await import('#wasm-relaxed')).load(),
  module: undefined,
}

/** Optional: give the engine modules of the caller's own (hosts that forbid compiling bytes at run time): `module` is
 *  latens.wasm, `relaxed` is latens.relaxed.wasm, which `fast` runs on where the host has relaxed SIMD. */
export async function init(options: { module?: WebAssembly.Module; relaxed?: WebAssembly.Module } = {}): Promise<void> {
  await give(exact, 'module', options.module)
  await give(relaxed, 'relaxed', options.relaxed)
  giveBack(await borrow(MAX_BYTES, exact))
}

// A module that is not of this build or this version is refused, and the one before it stays.
async function give(build: Build, name: string, module: WebAssembly.Module | undefined): Promise<void> {
  if (module === undefined) return
  if (!(module instanceof WebAssembly.Module)) {
    throw new TypeError(`init: ${name}: wanted a WebAssembly.Module, got ${typeof module}`)
  }
  const before = build.module
  build.module = Promise.resolve(module)
  build.idle.length = 0
  try {
    giveBack(await borrow(MAX_BYTES, build))
  } catch (error) {
    build.module = before
    throw error
  }
}

/** Runs `work` with an engine of its own; whatever it allocated is released, whether it returns or throws. */
export async function withEngine<R>(method: string, wanted: Wanted, work: (engine: Engine) => Promise<R>): Promise<R> {
  const loan = await lend(method, wanted)
  try {
    return await work(loan.engine)
  } catch (error) {
    throw loan.failed(error)
  } finally {
    loan.end()
  }
}

/** The same for work that yields: the engine is given back when it returns, throws or is stopped by `return()`. */
export async function* withEngineSteps<S, R>(
  method: string,
  wanted: Wanted,
  work: (engine: Engine) => AsyncGenerator<S, R>,
): AsyncGenerator<S, R> {
  const loan = await lend(method, wanted)
  try {
    return yield* work(loan.engine)
  } catch (error) {
    throw loan.failed(error)
  } finally {
    loan.end()
  }
}

interface Loan {
  readonly engine: Engine
  /** The error to throw for one that was caught. */
  failed(error: unknown): unknown
  end(): void
}

async function lend(method: string, { maxBytes = Infinity, fast = false, shared: share = false }: Wanted) {
  const engine = await borrow(maxBytes, fast && hasRelaxed() ? relaxed : share ? shared : exact)
  const mark = engine.arena.mark()
  const loan: Loan = {
    engine,
    failed(error) {
      if (!(error instanceof WebAssembly.RuntimeError)) return error
      // A trapped instance may hold half-written state: it is dropped and the next call makes another.
      engine.spoiled = true
      return new KernelTrap(`${method}: a kernel trapped (${error.message}); its instance was discarded`, {
        cause: error,
      })
    },
    end() {
      if (engine.spoiled) return
      engine.arena.release(mark)
      giveBack(engine)
    },
  }
  return loan
}

async function borrow(maxBytes: number, build: Build): Promise<Engine> {
  const waiting = build.idle.pop()
  const engine = waiting ?? (await create(build))
  engine.arena.limit(Math.min(maxBytes, MAX_BYTES))
  return engine
}

function giveBack(engine: Engine): void {
  const { idle } = engine.fast ? relaxed : engine.shared ? shared : exact
  if (idle.length < KEEP && engine.arena.memory.buffer.byteLength <= KEEP_BYTES) idle.push(engine)
}

async function create(build: Build): Promise<Engine> {
  build.module ??= build.load()
  const memory = build.shared
    ? new WebAssembly.Memory({ initial: 2, maximum: MAX_PAGES, shared: true })
    : new WebAssembly.Memory({ initial: 2 })
  const engine = await attach(await build.module, memory)
  if (engine.fast !== build.fast) {
    const name = (is: boolean): string => (is ? 'relaxed' : 'exact')
    throw new LatensError(`engine: build of the module: wanted ${name(build.fast)}, got ${name(engine.fast)}`)
  }
  return engine
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
