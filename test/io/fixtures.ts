import { readFileSync } from 'node:fs'

/** A file of test/golden/io, made by the script beside it. */
export const golden = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../../test/golden/io/${name}`, import.meta.url)))

/** `bytes` in chunks that end at `cuts`. */
export async function* chunked(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    yield bytes.subarray(at, cut)
    at = cut
  }
}

/** The bytes behind an array: equal exactly when every bit is, which tells -0 from 0. */
export const bits = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()

/** What the promise is rejected with, which must be a `Wanted`. */
export async function failure<E extends Error>(
  promise: Promise<unknown>,
  Wanted: new (...args: never[]) => E,
): Promise<E> {
  const error: unknown = await promise.then(
    () => new Error('nothing was refused'),
    (caught: unknown) => caught,
  )
  if (!(error instanceof Wanted)) throw new Error(`wanted a ${Wanted.name}, got ${String(error)}`, { cause: error })
  return error
}
