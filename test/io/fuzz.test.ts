// Damaged, cut and chunked files. `npm run fuzz` goes further with the same inputs and the same law.
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bits, chunked, failure } from './fixtures.js'
import { accepts, fuzz, inputs, largeFiles, targets, type Target } from './fuzzing.js'

const byName = (name: string): Target => targets.find(target => target.name === name)!

test('the law bites: a crash, a stranger, a result in pieces, an error without its place, time, memory', async () => {
  const reading = (read: Target['read'], maxMs?: number): Promise<boolean> =>
    accepts({ ...byName('csv'), read }, new Uint8Array(1), maxMs)
  const throws = (name: string, message: string, more = {}): Promise<boolean> =>
    reading(async () => {
      throw Object.assign(new Error(message), { name, ...more })
    })
  const broken = async (run: Promise<boolean>, message: RegExp): Promise<void> =>
    assert.match((await failure(run, Error)).message, message)
  await broken(throws('TypeError', 'x is undefined'), /not a declared error/)
  await broken(throws('RangeError', 'Array buffer allocation failed'), /not a declared error/)
  await broken(throws('OutOfMemory', 'readCsv: the host refuses'), /not a declared error/)
  await broken(throws('FormatError', 'line 3: no'), /without its method/)
  await broken(throws('FormatError', 'readCsv: input: no'), /without a place/)
  await broken(throws('FormatError', 'readCsv: line 3, column 2: no', { line: 3 }), /column undefined/)
  await broken(
    reading(async () => {
      for (const end = performance.now() + 5100; performance.now() < end;);
    }),
    /ms/,
  )
  const kept: Uint8Array[] = []
  await broken(
    reading(async () => kept.push(new Uint8Array(3e8))),
    /\d+ bytes for an input of 1$/,
  )
  assert.is(kept.length, 1)
  assert.is(await throws('FormatError', 'readCsv: line 3, column 2: no', { line: 3, column: 2 }), false)
  assert.is(await reading(async () => 'a result'), true)
})

for (const target of targets) {
  test(`${target.name}: 2,000 damaged inputs give a result or a declared error that names its place`, async () => {
    const { accepted, refused } = await fuzz(target, 2000, { seed: 1 })
    assert.is(accepted + refused, 2000)
    // Damage that nothing survives, or that nothing notices, tests nothing.
    assert.ok(accepted > 50 && refused > 50, `${accepted} accepted, ${refused} refused`)
  })

  test(`${target.name}: every truncation of every seed gives a result or a declared error`, async () => {
    for (const seed of target.seeds) {
      assert.ok(seed.length < 4096)
      for (let length = 0; length <= seed.length; length++) {
        const cut = seed.subarray(0, length)
        await accepts(target, target.wrap ? target.wrap(cut) : cut)
      }
    }
  })

  if (!target.streams) continue
  test(`${target.name}: two chunks cut anywhere, and chunks of one byte, give what the whole gives`, async () => {
    const damaged = fc.sample(inputs(target), { numRuns: 25, seed: 2 })
    // Damage inside gzip may be seen before or after a bad line in front of it, as the chunks come.
    const files = target.name.endsWith('.gz') ? target.seeds : [...target.seeds, ...damaged]
    for (const file of files.filter(({ length }) => length < 2000)) {
      const bytes = target.wrap && target.seeds.includes(file) ? target.wrap(file) : file
      const wanted = await outcome(target, bytes)
      const every = Array.from({ length: bytes.length }, (_, i) => i)
      assert.is(await outcome(target, chunked(bytes, every)), wanted)
      // Larger files are cut at every third byte.
      for (let cut = 0; cut <= bytes.length; cut += bytes.length > 600 ? 3 : 1)
        assert.is(await outcome(target, chunked(bytes, [cut])), wanted, `cut at ${cut}`)
    }
  })
}

test('1,000 cuts of a file of each format, 20 to 200 kB, give a result or a declared error', async () => {
  for (const [name, bytes] of Object.entries(largeFiles())) {
    assert.ok(bytes.length > 20_000 && bytes.length < 200_000, `${name}: ${bytes.length}`)
    const target = byName(name)
    const refused = { count: 0 }
    await fc.assert(
      // Shorter ones are not yet gzip, but text of one character.
      fc.asyncProperty(fc.noBias(fc.integer({ min: 2, max: bytes.length - 1 })), async length => {
        if (!(await accepts(target, bytes.subarray(0, length)))) refused.count++
      }),
      { numRuns: 1000, seed: 3 },
    )
    assert.ok(await accepts(target, bytes), name)
    // Text may end in the middle of a number and be a table all the same; the other formats never.
    assert.ok(refused.count > (name === 'csv' ? 333 : 999), `${name}: ${refused.count}`)
  }
})

test('files of many blocks give the same result or the same first error, 100 damaged ones in any chunks', async () => {
  const rows = Array.from({ length: 6000 }, (_, i) => `"r${i}",${i},"${i / 8}",${-i}\n`)
  const entries = Array.from({ length: 6000 }, (_, i) => `${i + 1} ${i + 1} ${i / 8}\n`)
  const head = '%%MatrixMarket matrix coordinate real general\n6000 6000 6000\n'
  const damage = fc.constantFrom('x,', '"', '\n', '\n\n', '\xff', '1,2,3,4\n', '9 9\n', '%\n', '"\n"')
  const lines = fc.array(fc.tuple(fc.nat(5999), damage), { minLength: 1, maxLength: 3 })
  let refused = 0
  await fc.assert(
    fc.asyncProperty(fc.boolean(), lines, fc.array(fc.nat(200_000), { maxLength: 6 }), async (isCsv, damages, cuts) => {
      const parts = isCsv ? rows.slice() : entries.slice()
      for (const [line, text] of damages) parts[line] = text + parts[line]
      // latin1, so that \xff is no UTF-8.
      const bytes = new Uint8Array(Buffer.from((isCsv ? '' : head) + parts.join(''), 'latin1'))
      const target = byName(isCsv ? 'csv' : 'mtx')
      const wanted = await outcome(target, bytes)
      if (wanted.includes('FormatError')) refused++
      const places = cuts.map(cut => cut % bytes.length).sort((a, b) => a - b)
      assert.is(await outcome(target, chunked(bytes, places)), wanted)
    }),
    { numRuns: 100, seed: 4 },
  )
  assert.ok(refused > 50, `${refused}`)
})

test('a number of a million digits and a letter behind it is refused in a second, not in a day', async () => {
  const digits = '1'.repeat(1e6 - 1)
  for (const [name, text] of [
    ['csv', `1,2\n${digits}x,3\n`],
    ['csv', `1,2\n${digits}.${digits}x,3\n`],
    ['mtx', `%%MatrixMarket matrix array real general\n1 1\n${digits}x\n`],
    ['mtx', `%%MatrixMarket matrix coordinate real general\n1 1 1\n${digits}x 1 1\n`],
  ] as const) {
    const started = performance.now()
    assert.is(await accepts(byName(name), new TextEncoder().encode(text)), false)
    assert.ok(performance.now() - started < 1000, `${name}: ${performance.now() - started} ms`)
  }
})

/** What came out, bit by bit, or the kind and the place of the error. */
async function outcome(target: Target, input: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  const spelled = (_: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? `${value.constructor.name} ${Buffer.from(bits(value)).toString('hex')}` : value
  return target.read(input).then(
    result => JSON.stringify(result, spelled),
    (error: unknown) => {
      const { name, line, column } = error as Record<string, unknown>
      return JSON.stringify({ name, line, column })
    },
  )
}

test.run()
