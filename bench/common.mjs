import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { csr, dense } from 'latens'

/** Reproducible uniforms in [0, 1). */
export function generator(seed) {
  let state = seed | 0
  return {
    uniform() {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
    },
  }
}

/** `median (lower quartile to upper quartile)`. */
export function quantiles(values, digits = 4) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = q => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))].toPrecision(digits)
  return `median ${at(0.5)} (${at(0.25)} to ${at(0.75)})`
}

/** X = WH + noise in [0, .5): half of W and H is zero, the rest in [0, 1). */
export function planted(n, m, k, Floats) {
  const { uniform } = generator(2)
  const make = length => Floats.from({ length }, () => (uniform() < 0.5 ? 0 : uniform()))
  const [W, H] = [make(n * k), make(k * m)]
  const data = new Floats(n * m)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let s = 0.5 * uniform()
      for (let q = 0; q < k; q++) s += W[i * k + q] * H[q * m + j]
      data[i * m + j] = s
    }
  return dense(data, [n, m])
}

/** Entries in [.1, 1.1) at random places. */
export function scattered(n, m, fill, Floats) {
  const { uniform } = generator(1)
  const [indptr, indices, data] = [[0], [], []]
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      if (uniform() >= fill) continue
      indices.push(j)
      data.push(uniform() + 0.1)
    }
    indptr.push(indices.length)
  }
  return csr({
    indptr: Int32Array.from(indptr),
    indices: Int32Array.from(indices),
    data: Floats.from(data),
    shape: [n, m],
  })
}

/** A program of bench/peers that answers jobs, a line each; the bench ends where there is none. */
export async function peerOf(script, bench) {
  const peer = spawn(process.env.PYTHON ?? 'python3', [script], { stdio: ['pipe', 'pipe', 'pipe'] })
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()
  const first = await lines.next()
  if (first.done) {
    console.log(`${bench}: no peer (Python with bench/peers/requirements.txt): nothing to compare with`)
    process.exit(0)
  }
  const { peer: name, ...more } = JSON.parse(first.value)
  return {
    ...more,
    name,
    async ask(job) {
      peer.stdin.write(`${JSON.stringify(job)}\n`)
      return JSON.parse((await lines.next()).value)
    },
    end: () => peer.stdin.end(),
  }
}
