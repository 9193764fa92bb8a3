import { instantiate } from 'as-bind/dist/as-bind.esm.js'
import { load } from '#wasm'
import { KernelTrap, LatensError } from '../src/core/errors.js'
import { bindStrings } from './converters.js'
import type { Kernels } from './kernels.js'
import { Arena } from './memory.js'

const ABI_VERSION = 1
const MAX_BYTES = 4294901760 // WebAssembly's 65535 pages: pointers stay below 2^32
const KEEP = 2 // idle instances kept
const KEEP_BYTES = 64 << 20 // an instance that has grown beyond this is let go: memory never shrinks

/** One instance of the engine with its own memory. A fit borrows one, so concurrent fits never share an arena. */
export interface Engine {
  readonly kernels: Kernels
  readonly arena: Arena
}

let module: Promise<WebAssembly.Module> | undefined
const idle: Engine[] = []

/** Optional: give the engine a module of the caller's own (hosts that forbid compiling bytes at run time). */
export async function init(options: { module?: WebAssembly.Module } = {}): Promise<void> {
  if (options.module !== undefined) {
    if (!(options.module instanceof WebAssembly.Module)) {
      throw new TypeError(`init: module: wanted a WebAssembly.Module, got ${typeof options.module}`)
    }
    module = Promise.resolve(options.module)
    idle.length = 0
  }
  giveBack(await borrow(MAX_BYTES))
}

/** Runs `work` with an engine of its own; whatever it allocated is released, whether it returns or throws. */
export async function withEngine<R>(
  method: string,
  maxBytes: number,
  work: (engine: Engine) => Promise<R>,
): Promise<R> {
  const loan = await lend(method, maxBytes)
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
  maxBytes: number,
  work: (engine: Engine) => AsyncGenerator<S, R>,
): AsyncGenerator<S, R> {
  const loan = await lend(method, maxBytes)
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

async function lend(method: string, maxBytes: number): Promise<Loan> {
  const engine = await borrow(maxBytes)
  const mark = engine.arena.mark()
  let trapped = false
  return {
    engine,
    failed(error) {
      if (!(error instanceof WebAssembly.RuntimeError)) return error
      // A trapped instance may hold half-written state: it is dropped and the next call makes another.
      trapped = true
      return new KernelTrap(`${method}: a kernel trapped (${error.message}); its instance was discarded`, {
        cause: error,
      })
    },
    end() {
      if (trapped) return
      engine.arena.release(mark)
      giveBack(engine)
    },
  }
}

async function borrow(maxBytes: number): Promise<Engine> {
  const waiting = idle.pop()
  const engine = waiting ?? (await create())
  engine.arena.limit(Math.min(maxBytes, MAX_BYTES))
  return engine
}

function giveBack(engine: Engine): void {
  if (idle.length < KEEP && engine.arena.memory.buffer.byteLength <= KEEP_BYTES) idle.push(engine)
}

async function create(): Promise<Engine> {
  module ??= load()
  const memory = new WebAssembly.Memory({ initial: 2 })
  const bound = await instantiate(await module, { env: { memory } })
  // as-bind binds what the module's section declares; `Kernels` is generated from that same section.
  const kernels = bound.exports as unknown as Kernels
  const found = kernels.abiVersion()
  if (found !== ABI_VERSION) {
    throw new LatensError(`engine: ABI version of the module: wanted ${ABI_VERSION}, got ${found}`)
  }
  const arena = new Arena(memory, kernels.heapBase(), MAX_BYTES)
  bindStrings(arena)
  return { kernels, arena }
}
