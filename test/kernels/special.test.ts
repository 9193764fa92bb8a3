import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { kernels } from '../harness.js'

const { exports: wasm, memory } = await kernels()
const NAMES = ['exp', 'log', 'log1p', 'expm1', 'tanh', 'lgamma', 'digamma', 'trigamma']
const call = (name: string, ...a: number[]): number => wasm[name]!(...a) as number

/** Largest error allowed, in units of the last place of the truth; `near`: relative, where |truth| < 1/4, beside the roots. */
const LIMITS: Record<string, { ulp: number; near?: number }> = {
  exp: { ulp: 1 },
  log: { ulp: 1 },
  log1p: { ulp: 2 },
  expm1: { ulp: 2 },
  tanh: { ulp: 3 },
  lgamma: { ulp: 3, near: 1e-14 },
  digamma: { ulp: 4, near: 1e-14 },
  trigamma: { ulp: 4 },
  pow: { ulp: 1 },
}

function ulp(x: number): number {
  const b = new Float64Array([x])
  const e = (new Uint32Array(b.buffer)[1]! >>> 20) & 0x7ff
  return e > 52 ? 2 ** (e - 1075) : 5e-324 * 2 ** Math.max(0, e - 1)
}

const golden = readFileSync('test/golden/special.bin')
const buffer = golden.buffer.slice(golden.byteOffset, golden.byteOffset + golden.length)
const headerBytes = new DataView(buffer).getUint32(0, true)
const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerBytes))) as {
  mpmath: string
  functions: { name: string; arity: number; offset: number; count: number }[]
}

for (const { name, arity, offset, count: n } of header.functions) {
  const limit = LIMITS[name]!
  test(`${name}: within ${limit.ulp} ulp of mpmath ${header.mpmath} at ${n} points`, () => {
    const column = (k: number) => new Float64Array(buffer, offset + 8 * n * k, n)
    const x = column(0),
      p = column(arity - 1),
      hi = column(arity)
    const lo = new Float32Array(buffer, offset + 8 * n * (arity + 1), n)
    for (let i = 0; i < n; i++) {
      const y = arity === 2 ? call(name, x[i]!, p[i]!) : call(name, x[i]!)
      const t = hi[i]!,
        where = `${name}(${x[i]}${arity === 2 ? `, ${p[i]}` : ''}) = ${y}, wanted ${t}`
      if (!Number.isFinite(t) || t === 0) assert.ok(Object.is(y, t), where)
      else {
        const error = Math.abs((y - t) / ulp(t) - lo[i]!)
        if (limit.near !== undefined && Math.abs(t) < 0.25)
          assert.ok(error * ulp(t) <= limit.near * Math.abs(t), `${where}: ${error} ulp`)
        else assert.ok(error <= limit.ulp, `${where}: ${error} ulp`)
      }
    }
  })
}

const inf = Infinity
const SPECIAL: Record<string, [number, number][]> = {
  exp: [
    [inf, inf],
    [-inf, 0],
    [0, 1],
    [-0, 1],
    [1e9, inf],
    [-1e9, 0],
  ],
  log: [
    [inf, inf],
    [0, -inf],
    [-0, -inf],
    [-1, NaN],
    [-inf, NaN],
    [1, 0],
    [-5e-324, NaN],
  ],
  log1p: [
    [inf, inf],
    [-1, -inf],
    [-1.0000000000000002, NaN],
    [-inf, NaN],
    [0, 0],
    [-0, -0],
  ],
  expm1: [
    [inf, inf],
    [-inf, -1],
    [0, 0],
    [-0, -0],
    [5e-324, 5e-324],
  ],
  tanh: [
    [inf, 1],
    [-inf, -1],
    [0, 0],
    [-0, -0],
    [-5e-324, -5e-324],
  ],
  lgamma: [
    [inf, inf],
    [-inf, inf],
    [0, inf],
    [-0, inf],
    [-1, inf],
    [-2, inf],
    [-4503599627370497, inf],
    [1, 0],
    [2, 0],
  ],
  digamma: [
    [inf, inf],
    [-inf, NaN],
    [0, NaN],
    [-0, NaN],
    [-1, NaN],
    [-7, NaN],
    [5e-324, -inf],
    [-5e-324, inf],
  ],
  trigamma: [
    [inf, 0],
    [-inf, NaN],
    [0, inf],
    [-0, inf],
    [-1, inf],
    [-7, inf],
    [5e-324, inf],
  ],
}
for (const name of NAMES) {
  test(`${name}: infinities, signed zeros, poles and NaN`, () => {
    for (const [x, y] of [...SPECIAL[name]!, [NaN, NaN] as [number, number]])
      assert.ok(Object.is(call(name, x), y), `${name}(${x}) = ${call(name, x)}, wanted ${y}`)
  })
}

test('pow: the special values of IEEE 754', () => {
  const values = [
    0,
    -0,
    0.5,
    -0.5,
    1,
    -1,
    2,
    -2,
    3,
    -3,
    2.5,
    inf,
    -inf,
    NaN,
    5e-324,
    1e300,
    -1e300,
    9007199254740991,
    9007199254740992,
  ]
  for (const x of values) {
    for (const p of values) {
      const wanted = x === 1 || (x === -1 && Math.abs(p) === inf) ? 1 : x ** p
      const got = call('pow', x, p)
      const exact = !Number.isFinite(wanted) || wanted === 0 || Math.abs(wanted) === 1
      assert.ok(
        exact ? Object.is(got, wanted) : Math.abs(got / wanted - 1) < 1e-15,
        `pow(${x}, ${p}) = ${got}, wanted ${wanted}`,
      )
    }
  }
})

test('log, lgamma and digamma: relative error below 1e-14 beside their roots', () => {
  for (let k = 2; k <= 52; k++) {
    for (const d of [2 ** -k, -(2 ** -k) / 2]) {
      const series = d - (d * d) / 2 + (d * d * d) / 3 // log(1 + d), for the small d
      if (k > 20) assert.ok(Math.abs(call('log', 1 + d) / series - 1) < 1e-14, `log(1 + ${d})`)
      const gamma = 0.5772156649015329,
        z2 = Math.PI ** 2 / 6
      if (k > 27)
        assert.ok(Math.abs(call('lgamma', 1 + d) / (-gamma * d + (z2 / 2) * d * d) - 1) < 1e-14, `lgamma(1 + ${d})`)
      if (k > 27 && 2 + d !== 2) {
        const e = 2 + d - 2
        assert.ok(
          Math.abs(call('lgamma', 2 + d) / ((1 - gamma) * e + ((z2 - 1) / 2) * e * e) - 1) < 1e-14,
          `lgamma(2 + ${d})`,
        )
      }
    }
  }
})

test('recurrences hold across every change of method', () => {
  for (let k = 1; k < 3072; k++) {
    const x = k / 256 // x + 1 is exact
    const near = (a: number, b: number, what: string) =>
      assert.ok(Math.abs(a - b) <= 3e-15 * Math.max(1, Math.abs(a), Math.abs(b)), `${what} at ${x}: ${a}, ${b}`)
    near(call('lgamma', x + 1), call('lgamma', x) + call('log', x), 'lgamma')
    near(call('digamma', x + 1) - 1 / x, call('digamma', x), 'digamma')
    near(call('trigamma', x + 1) + 1 / (x * x), call('trigamma', x), 'trigamma')
  }
})

/** Every length 0..17 and both alignments of the first element, canaries around the output, out of place and in place. */
for (const name of [...NAMES, 'pow']) {
  for (const [type, View, bytes] of [
    ['f64', Float64Array, 8],
    ['f32', Float32Array, 4],
  ] as const) {
    test(`${name}_${type}: each value is the scalar's, at every position and length, and nothing else is written`, () => {
      const power = name === 'pow' ? [1.75] : []
      for (let n = 0; n <= 17; n++) {
        for (const shift of [0, 1]) {
          for (const inPlace of [false, true]) {
            const X = 65536 + shift * bytes,
              Y = inPlace ? X : 69632 + shift * bytes
            new View(memory.buffer, Y - bytes, n + 2).fill(-77)
            const x = new View(memory.buffer, X, n).map((_, i) =>
              i % 5 === 4 ? [0, -0, inf, NaN, 1e-40][(n + i) % 5]! : 0.1 + 1.7 * i,
            )
            new View(memory.buffer, X, n).set(x)
            wasm[`${name}_${type}`]!(X, ...power, Y, n)
            const y = new View(memory.buffer, Y - bytes, n + 2)
            assert.is(y[0], -77)
            assert.is(y[n + 1], -77)
            for (let i = 0; i < n; i++) {
              const wanted = call(name, x[i]!, ...power)
              assert.ok(
                Object.is(y[i + 1], type === 'f32' ? Math.fround(wanted) : wanted),
                `n = ${n}, i = ${i}: ${name}(${x[i]}) = ${y[i + 1]}, wanted ${wanted}`,
              )
            }
          }
        }
      }
    })
  }
}

for (const { name, offset, count: n } of header.functions.filter(f => f.name === 'exp' || f.name === 'log')) {
  test(`${name}: vector lanes and scalar agree bit for bit at every golden point and beyond both ends`, () => {
    const edges = [
      0,
      -0,
      1,
      -1,
      inf,
      -inf,
      NaN,
      5e-324,
      -5e-324,
      2.2250738585072014e-308,
      1e-310,
      1e308,
      -1e308,
      709.7827128933841,
      710,
      709.8,
      709.9,
      -745.13,
      -745.14,
      -745.2,
      -745.3,
      -746,
      -747,
    ]
    const x = [...edges, ...new Float64Array(buffer, offset, n), 0.1, 0.2].slice(0, (n + 25) & ~3)
    for (const [type, View] of [
      ['f64', Float64Array],
      ['f32', Float32Array],
    ] as const) {
      const input = View.from(x)
      new View(memory.buffer, 65536, x.length).set(input)
      wasm[`${name}_${type}`]!(65536, 262144, x.length)
      const y = new View(memory.buffer, 262144, x.length)
      input.forEach((v, i) =>
        assert.ok(
          Object.is(y[i], type === 'f32' ? Math.fround(call(name, v)) : call(name, v)),
          `${name}_${type}(${v}) = ${y[i]}, scalar ${call(name, v)}`,
        ),
      )
    }
  })
}

test.run()
