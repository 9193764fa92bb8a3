import { reading } from './home.js'
import type { Engine } from '../../bindings/instance.js'
import { copyRows, type FloatArray, type Matrix } from './matrix.js'
import type { Pace } from './pace.js'

const PART = 1 << 14 // numbers hashed between two breaths

/** 64 bits, in hexadecimal, that tell a matrix from another; the same in whatever blocks its rows come. */
export class Fingerprint {
  // Hashes of their own, as a block has its part of each.
  private readonly entries = Int32Array.of(1, 1)
  private readonly indices = Int32Array.of(1, 2)
  private readonly lengths = Int32Array.of(1, 3)
  private rows = 0
  private columns = 0

  constructor(private readonly engine: Engine) {}

  async add(X: Matrix, pace: Pace): Promise<void> {
    const { arena } = this.engine
    const [rows, columns] = X.shape
    this.rows += rows
    this.columns = columns
    const size = X.data.BYTES_PER_ELEMENT
    const step = X.kind === 'csr' ? PART : Math.max(1, Math.floor(PART / columns)) // rows, if it is dense
    const mark = arena.mark()
    const at = arena.alloc(Math.min(step, Math.max(rows, X.data.length)) * (X.kind === 'csr' ? 1 : columns) * size)
    const floats = (n: number): FloatArray => arena.floats(size === 4 ? 'f32' : 'f64', at, n)
    const take = async (hash: Int32Array, length: number, put: (first: number, count: number) => number) => {
      for (let first = 0; first < length; first += step) {
        await pace.breathe()
        this.hash(hash, at, put(first, Math.min(step, length - first)))
      }
    }
    if (X.kind === 'dense') {
      await take(this.entries, rows, (first, count) => {
        copyRows(X, first, count, floats(count * columns))
        return count * columns * (size / 4)
      })
    } else {
      const { data, indices, indptr } = X
      await take(this.entries, data.length, (first, count) => {
        floats(count).set(data.subarray(first, first + count))
        return count * (size / 4)
      })
      await take(this.indices, data.length, (first, count) => {
        arena.i32(at, count).set(indices.subarray(first, first + count))
        return count
      })
      await take(this.lengths, rows, (first, count) => {
        const lengths = arena.i32(at, count)
        for (let i = 0; i < count; i++) lengths[i] = (indptr[first + i + 1] ?? 0) - (indptr[first + i] ?? 0)
        return count
      })
    }
    arena.release(mark)
  }

  get text(): string {
    const { arena } = this.engine
    const mark = arena.mark()
    const words = [...this.entries, ...this.indices, ...this.lengths, this.rows, this.columns]
    const at = arena.alloc(words.length * 4)
    arena.i32(at, words.length).set(words)
    const all = Int32Array.of(1, 0)
    this.hash(all, at, words.length)
    arena.release(mark)
    return [...all].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private hash(state: Int32Array, at: number, words: number): void {
    const { arena, kernels } = this.engine
    const mark = arena.mark()
    const place = arena.alloc(8)
    arena.i32(place, 2).set(state)
    kernels.fingerprint(at, words, place)
    state.set(arena.i32(place, 2))
    arena.release(mark)
  }
}

export async function fingerprintOf(engine: Engine, X: Matrix, pace: Pace): Promise<string> {
  const fingerprint = new Fingerprint(engine)
  await reading('NMF.fit', X, engine, () => fingerprint.add(X, pace))
  return fingerprint.text
}
