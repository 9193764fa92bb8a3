import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { kernels } from '../harness.js'

const { exports: wasm, memory } = await kernels()
const Y = 65536,
  N = 100_000
type Name = 'uniform' | 'normal' | 'gamma' | 'poisson'

function draw(
  name: Name,
  n: number,
  parameter: number[] = [],
  start = 0,
  stream = 7,
  seed: readonly [number, number] = [12345, 678],
): Float64Array {
  wasm[`${name}_f64`]!(...seed, stream, start, ...parameter, Y, n)
  return new Float64Array(memory.buffer, Y, n).slice()
}

function moments(x: Float64Array): { mean: number; variance: number } {
  const mean = x.reduce((s, v) => s + v, 0) / x.length
  return { mean, variance: x.reduce((s, v) => s + (v - mean) ** 2, 0) / x.length }
}

/** sqrt(n) times the Kolmogorov-Smirnov distance; above 1.95 with probability .001. */
function kolmogorov(x: Float64Array, cdf: (v: number) => number): number {
  const s = x.toSorted()
  let d = 0
  s.forEach((v, i) => {
    const p = cdf(v)
    d = Math.max(d, p - i / s.length, (i + 1) / s.length - p)
  })
  return Math.sqrt(s.length) * d
}

/** Normal score of a chi-square statistic (Wilson & Hilferty 1931); above 3.1 with probability .001. */
function chiSquareScore(observed: number[], expected: number[]): number {
  const k = observed.length - 1
  const q = observed.reduce((s, o, i) => s + (o - expected[i]!) ** 2 / expected[i]!, 0)
  return ((q / k) ** (1 / 3) - (1 - 2 / (9 * k))) / Math.sqrt(2 / (9 * k))
}

const lgamma = (x: number): number => wasm['lgamma']!(x) as number

/** Regularised lower incomplete gamma: series below a + 1, Lentz's continued fraction above (Numerical Recipes 6.2). */
function gammaCdf(a: number, x: number): number {
  if (x <= 0) return 0
  const front = Math.exp(a * Math.log(x) - x - lgamma(a))
  if (x < a + 1) {
    let term = 1 / a,
      sum = term
    for (let k = 1; k < 1000 && term > sum * 1e-16; k++) sum += term *= x / (a + k)
    return front * sum
  }
  let b = x + 1 - a,
    c = 1e300,
    d = 1 / b,
    h = d
  for (let k = 1; k < 1000; k++) {
    const e = -k * (k - a)
    b += 2
    d = 1 / (e * d + b)
    c = b + e / c
    h *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return 1 - front * h
}

const normalCdf = (z: number): number =>
  z < 0 ? 0.5 - 0.5 * gammaCdf(0.5, (z * z) / 2) : 0.5 + 0.5 * gammaCdf(0.5, (z * z) / 2)

test('philox4x32-10: the known answers of Random123 (kat_vectors)', () => {
  const vectors: [number[], number[]][] = [
    [
      [0, 0, 0, 0, 0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [-1, -1, -1, -1, -1, -1],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ]
  for (const [input, output] of vectors) {
    wasm['philox_block']!(...input, Y)
    assert.equal([...new Uint32Array(memory.buffer, Y, 4)], output)
  }
})

test('random_bits: block b holds elements 4b..4b+3 of counter (b, 0, stream, 0)', () => {
  wasm['random_bits']!(3, 4, 5, 0, Y, 12)
  const bits = [...new Uint32Array(memory.buffer, Y, 12)]
  for (let b = 0; b < 3; b++) {
    wasm['philox_block']!(b, 0, 5, 0, 3, 4, Y)
    assert.equal([...new Uint32Array(memory.buffer, Y, 4)], bits.slice(4 * b, 4 * b + 4))
  }
})

/** name, extra arguments, array type: element i depends on its address only. */
const KERNELS: [string, number[], typeof Uint32Array | typeof Float32Array | typeof Float64Array][] = [
  ['random_bits', [], Uint32Array],
  ['uniform_f64', [], Float64Array],
  ['uniform_f32', [], Float32Array],
  ['normal_f64', [], Float64Array],
  ['normal_f32', [], Float32Array],
  ['gamma_f64', [0.3], Float64Array],
  ['gamma_f64', [4], Float64Array],
  ['poisson_f64', [2], Float64Array],
  ['poisson_f64', [50], Float64Array],
]
const at =
  (name: string, parameter: number[], View: (typeof KERNELS)[number][2]) =>
  (start: number, n: number): number[] => {
    const y = new View(memory.buffer, Y, n + 2).fill(77)
    wasm[name]!(9, 8, 2, start, ...parameter, Y + View.BYTES_PER_ELEMENT, n)
    assert.is(y[0], 77)
    assert.is(y[n + 1], 77)
    return Array.from(y.subarray(1, n + 1))
  }

for (const [name, parameter, View] of KERNELS) {
  test(`${name}(${parameter}): element i does not depend on start or length, and nothing else is written`, () => {
    const run = at(name, parameter, View)
    const all = run(0, 64)
    for (let start = 0; start < 9; start++)
      for (let n = 0; n < 14; n++) assert.equal(run(start, n), all.slice(start, start + n), `start ${start}, n ${n}`)
    assert.equal(run(0xfffffffc, 4).length, 4)
  })
}

test('seed and stream each change the draws', () => {
  const base = draw('uniform', 8)
  assert.not.equal(base, draw('uniform', 8, [], 0, 8))
  assert.not.equal(base, draw('uniform', 8, [], 0, 7, [12346, 678]))
  assert.not.equal(base, draw('uniform', 8, [], 0, 7, [12345, 679]))
})

test('uniform: [0, 1), moments, Kolmogorov-Smirnov, no serial correlation', () => {
  const x = draw('uniform', N),
    { mean, variance } = moments(x)
  assert.ok(x.every(v => v >= 0 && v < 1 && Number.isInteger(v * 2 ** 53)))
  assert.ok(Math.abs(mean - 0.5) < 3.3 / Math.sqrt(12 * N), `mean ${mean}`)
  assert.ok(Math.abs(variance - 1 / 12) < 3.3 * Math.sqrt(1 / 180 / N), `variance ${variance}`)
  assert.ok(kolmogorov(x, v => v) < 1.95)
  for (const lag of [1, 2, 3, 4]) {
    let c = 0
    for (let i = lag; i < N; i++) c += (x[i]! - 0.5) * (x[i - lag]! - 0.5)
    assert.ok(Math.abs((12 * c) / Math.sqrt(N)) < 3.5, `lag ${lag}`)
  }
})

test('uniform_f32 is uniform_f64 truncated to 24 bits; normal_f32 is normal_f64 rounded', () => {
  const u = draw('uniform', 1000),
    z = draw('normal', 1000)
  wasm['uniform_f32']!(12345, 678, 7, 0, Y, 1000)
  assert.equal(
    [...new Float32Array(memory.buffer, Y, 1000)],
    [...u].map(v => Math.floor(v * 2 ** 24) / 2 ** 24),
  )
  wasm['normal_f32']!(12345, 678, 7, 0, Y, 1000)
  assert.equal([...new Float32Array(memory.buffer, Y, 1000)], [...z].map(Math.fround))
})

test('normal: moments, Kolmogorov-Smirnov', () => {
  const x = draw('normal', N),
    { mean, variance } = moments(x)
  assert.ok(Math.abs(mean) < 3.3 / Math.sqrt(N), `mean ${mean}`)
  assert.ok(Math.abs(variance - 1) < 3.3 * Math.sqrt(2 / N), `variance ${variance}`)
  assert.ok(kolmogorov(x, normalCdf) < 1.95)
})

for (const shape of [0.1, 0.5, 1, 5, 100]) {
  test(`gamma(${shape}): moments, Kolmogorov-Smirnov`, () => {
    const x = draw('gamma', N, [shape]),
      { mean, variance } = moments(x)
    assert.ok(Math.abs(mean - shape) < 3.3 * Math.sqrt(shape / N), `mean ${mean}`)
    assert.ok(Math.abs(variance - shape) < 3.3 * Math.sqrt((2 * shape ** 2 + 6 * shape) / N), `variance ${variance}`)
    assert.ok(kolmogorov(x, v => gammaCdf(shape, v)) < 1.95, `${kolmogorov(x, v => gammaCdf(shape, v))}`)
  })
}

for (const lambda of [0.1, 3, 9.99, 10, 12, 200]) {
  test(`poisson(${lambda}): whole numbers, moments, chi-square`, () => {
    const x = draw('poisson', N, [lambda]),
      { mean, variance } = moments(x)
    assert.ok(x.every(v => Number.isInteger(v) && v >= 0))
    assert.ok(Math.abs(mean - lambda) < 3.3 * Math.sqrt(lambda / N), `mean ${mean}`)
    assert.ok(Math.abs(variance - lambda) < 3.3 * Math.sqrt((2 * lambda ** 2 + lambda) / N), `variance ${variance}`)
    const counts = new Map<number, number>()
    for (const v of x) counts.set(v, (counts.get(v) ?? 0) + 1)
    const observed: number[] = [],
      expected: number[] = []
    let o = 0,
      e = 0 // cells are joined until 20 are expected
    for (let k = 0; k < lambda + 40 * Math.sqrt(lambda) + 20; k++) {
      o += counts.get(k) ?? 0
      e += N * Math.exp(k * Math.log(lambda) - lambda - lgamma(k + 1))
      if (e >= 20) {
        observed.push(o)
        expected.push(e)
        o = e = 0
      }
    }
    observed[observed.length - 1]! += o
    expected[expected.length - 1]! += e
    assert.is(
      observed.reduce((a, b) => a + b, 0),
      N,
    )
    assert.ok(chiSquareScore(observed, expected) < 3.1, `${chiSquareScore(observed, expected)}`)
  })
}

test('gamma and poisson: a parameter outside the domain gives NaN; lambda = 0 gives 0', () => {
  for (const shape of [0, -1, NaN, Infinity]) assert.ok(draw('gamma', 3, [shape]).every(Number.isNaN))
  for (const lambda of [-1, NaN, Infinity]) assert.ok(draw('poisson', 3, [lambda]).every(Number.isNaN))
  assert.equal([...draw('poisson', 3, [0])], [0, 0, 0])
  const tiny = draw('gamma', 1000, [1e-3])
  assert.ok(tiny.every(v => v >= 0) && tiny.some(v => v === 0), 'shape .001 underflows honestly')
})

const permute = (stream: number, n: number): number[] => {
  const y = new Uint32Array(memory.buffer, Y, n + 2).fill(0xabcd)
  wasm['permutation']!(1, 2, stream, n, Y + 4)
  assert.is(y[0], 0xabcd)
  assert.is(y[n + 1], 0xabcd)
  return Array.from(y.subarray(1, n + 1))
}

test('permutation: every index once', () => {
  for (const n of [0, 1, 2, 3, 10, 1000, 65537])
    assert.equal(
      permute(3, n).toSorted((a, b) => a - b),
      Array.from({ length: n }, (_, i) => i),
    )
})

test('permutation: uniform over the 24 orders of 4', () => {
  const counts = new Map<string, number>()
  for (let s = 0; s < 48_000; s++) {
    const key = permute(s, 4).join('')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  assert.is(counts.size, 24)
  assert.ok(chiSquareScore([...counts.values()], Array(24).fill(2000)) < 3.1)
})

test.run()
