// npm run check:special: the special functions at 1e5 points each against mpmath at 50 digits, as scalars and as arrays,
// f64 and f32. Needs Python with mpmath; the tables take minutes, so they are kept in build/ until scripts/golden/special.py
// changes. Fails where an error is above 4 ulp; beside a root of lgamma or digamma (|value| < 1/4) above 1e-14, relative.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

const POINTS = Number(process.env.LATENS_CHECK_POINTS ?? 1e5)
const [ULP, NEAR, RELATIVE] = [4, 0.25, 1e-14]
const script = 'scripts/golden/special.py'
const stamp = createHash('sha256').update(readFileSync(script)).digest('hex').slice(0, 12)

function table(type) {
  const file = `build/special-${type}-${POINTS}-${stamp}.bin`
  if (!existsSync(file)) {
    const flags = ['--points', POINTS, '--out', file, ...(type === 'f32' ? ['--single'] : [])].map(String)
    const { status, error } = spawnSync(process.env.PYTHON ?? 'python3', [script, ...flags], {
      stdio: ['ignore', 2, 2],
    })
    if (error || status !== 0) {
      console.error(`check:special: ${script} failed${error ? `: ${error.message}` : ''}. It needs Python with mpmath.`)
      process.exit(2)
    }
  }
  const { buffer } = Uint8Array.from(readFileSync(file))
  const length = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  return {
    mpmath: header.mpmath,
    functions: header.functions.map(({ name, arity, offset, count }) => {
      const column = i => new Float64Array(buffer, offset + 8 * count * i, count)
      const lo = new Float32Array(buffer, offset + 8 * count * (arity + 1), count)
      return { name, count, x: column(0), p: arity === 2 ? column(1) : undefined, hi: column(arity), lo }
    }),
  }
}

const memory = new WebAssembly.Memory({ initial: 128 })
const { instance } = await WebAssembly.instantiate(readFileSync('build/latens.wasm'), { env: { memory } })
const engine = instance.exports
const base = Math.ceil(engine.heapBase() / 64) * 64

const bits = new DataView(new ArrayBuffer(8))
/** The unit of the last place of x in a format of so many fraction bits and such a least exponent. */
function unit(x, fraction, least) {
  bits.setFloat64(0, x)
  const exponent = (bits.getUint32(0) >>> 20) & 0x7ff
  return 2 ** (Math.max(exponent - 1023, least) - fraction)
}

/** Values of one function at every point: by the scalar, and by the array version, pow's in runs of one exponent. */
function* values({ name, x, p, count }, type) {
  if (type === 'f64') yield ['scalar', x.map((v, i) => (p ? engine[name](v, p[i]) : engine[name](v)))]
  const Floats = type === 'f32' ? Float32Array : Float64Array
  const [from, to] = [base, base + 8 * count]
  new Floats(memory.buffer, from, count).set(x)
  const call = engine[`${name}_${type}`]
  const { BYTES_PER_ELEMENT: size } = Floats
  if (p) for (let i = 0; i < count; i++) call(from + i * size, p[i], to + i * size, 1)
  else call(from, to, count)
  yield ['array', Float64Array.from(new Floats(memory.buffer, to, count))]
}

let failures = 0
for (const type of ['f64', 'f32']) {
  const { mpmath, functions } = table(type)
  const [fraction, least, greatest] = type === 'f32' ? [23, -126, 2 ** 128 - 2 ** 103] : [52, -1022, Infinity]
  console.log(`${type} against mpmath ${mpmath} at 50 digits`)
  for (const f of functions) {
    let [low, high] = [Infinity, -Infinity]
    for (const v of f.x) [low, high] = [Math.min(low, v), Math.max(high, v)]
    for (const [how, found] of values(f, type)) {
      const worst = { ulp: 0, at: NaN, relative: 0, near: NaN }
      let wrong = 0
      for (let i = 0; i < f.count; i++) {
        const [y, t] = [found[i], f.hi[i]]
        if (!Number.isFinite(t) || Math.abs(t) >= greatest || t === 0) {
          if (!Object.is(y, Math.abs(t) >= greatest ? Math.sign(t) * Infinity : t)) wrong++
          continue
        }
        // hi + lo units of hi is the truth; the difference y - hi is exact where it matters.
        const error = Math.abs(y - t - f.lo[i] * unit(t, 52, -1022))
        const root = type === 'f64' && /lgamma|digamma/.test(f.name) && Math.abs(t) < NEAR
        if (root && error / Math.abs(t) > worst.relative) [worst.relative, worst.near] = [error / Math.abs(t), f.x[i]]
        const ulps = error / unit(t, fraction, least)
        if (!root && !(ulps <= worst.ulp)) [worst.ulp, worst.at] = [ulps, f.x[i]]
      }
      const bad = wrong > 0 || !(worst.ulp <= ULP) || !(worst.relative <= RELATIVE)
      if (bad) failures++
      const beside = worst.relative ? `; beside roots ${worst.relative.toExponential(1)} at ${worst.near}` : ''
      const special = wrong ? `; ${wrong} zeros or infinities wrong` : ''
      console.log(
        `${bad ? 'FAIL' : 'ok  '} ${f.name.padEnd(9)} ${how.padEnd(6)} ${f.count} points in [${low.toPrecision(4)}, ${high.toPrecision(4)}]: ${worst.ulp.toFixed(3)} ulp at ${worst.at}${beside}${special}`,
      )
    }
  }
}
process.exit(failures ? 1 : 0)
