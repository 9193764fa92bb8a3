import { load } from '#wasm'
import { KernelTrap, LatensError } from '../src/core/errors.js'
import { attach, type Engine } from './engine.js'
import { MAX_BYTES, MAX_PAGES } from './memory.js'
import { hasRelaxed } from './relaxed.js'

export { ABI_VERSION, type Engine } from './engine.js'

const KEEP = 2 // idle instances kept of each build
const KEEP_BYTES = 64 << 20 // an instance that has grown beyond this is let go: memory never shrinks

/** What a call wants of its engine. */
export interface Wanted {
  /** Bound on the arena; by default the host's alone. */
  readonly maxBytes?: number | undefined
  /** The relaxed build, where the host has relaxed SIMD. */
  readonly fast?: boolean
  /** The exact build on a memory that threads share; the host must have it. Not together with `fast`. */
  readonly shared?: boolean
  /** The engine that X lies in, to be worked on where it lies. */
  readonly home?: Home | undefined
}

/** Where a matrix lies that was made in an engine's own memory: numbers from `x` on. */
export interface Home {
  readonly engine: Engine
  readonly x: number
  readonly precision: 'f32' | 'f64'
  /** While a fit works on it. */
  busy: boolean
  /** So many are reading it into engines of their own. */
  readers: number
  /** So many of the numbers are divided by root^2 meanwhile. */
  divided: number
  root: number
}

/** One way the kernels are compiled, and its idle instances. */
interface Build {
  readonly fast: boolean
  readonly shared: boolean
  readonly idle: Engine[]
  load(): Promise<WebAssembly.Module>
  module: Promise<WebAssembly.Module> | undefined
}

const buildOf = (fast: boolean, isShared: boolean, loadModule: Build['load']): Build => ({
  fast,
  shared: isShared,
  load: loadModule,
  idle: [],
  module: undefined,
})
const exact = buildOf(false, false, load)
// Modules of their own, fetched by the first call that asks for them.
const shared = buildOf(false, true, async () => (await import('#wasm-shared')).load())
const relaxed = buildOf(true, false, async () => (await import('#wasm-relaxed')).load())

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

async function lend(method: string, { maxBytes = Infinity, fast = false, shared: share = false, home: at }: Wanted) {
  const build = fast && hasRelaxed() ? relaxed : share ? shared : exact
  const home = at && !at.busy && at.readers === 0 && suits(at.engine, build) ? at : undefined
  const engine = home?.engine ?? (await borrow(maxBytes, build))
  if (home) {
    home.busy = true
    engine.arena.limit(Math.min(maxBytes, MAX_BYTES))
  }
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
      if (home) restore(home)
      if (engine.spoiled) return
      engine.arena.release(mark)
      if (!home) giveBack(engine)
    },
  }
  return loan
}

// A shared memory serves one thread as well.
const suits = ({ fast, shared: isShared, spoiled }: Engine, build: Build): boolean =>
  !spoiled && fast === build.fast && (isShared || !build.shared)

// The numbers as their owner wrote them; by no kernel, as one may have trapped.
function restore(home: Home): void {
  const { engine, x, precision, divided, root } = home
  const view = engine.arena.floats(precision, x, divided)
  if (root !== 1) for (let p = 0; p < divided; p++) view[p] = (view[p] ?? 0) * root * root
  home.divided = 0
  home.busy = false
}

/** An engine that is never lent to another: of the shared build or the exact one. */
export const borrowForGood = (share: boolean): Promise<Engine> => create(share ? shared : exact)

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
