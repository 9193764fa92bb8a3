import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { FormatError } from 'latens'
import { readCsv } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chunked, failure } from './fixtures.js'

const gz = (text: string | Uint8Array, level = 6): Uint8Array => new Uint8Array(gzipSync(text, { level }))
const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const refusal = (promise: Promise<unknown>): Promise<FormatError> => failure(promise, FormatError)
const table = '1,2\n3,4\n5,6\n7,8\n'
const values = [1, 2, 3, 4, 5, 6, 7, 8]

test('gzip: members one after another are one text, cut anywhere, each byte a chunk of its own', async () => {
  // bgzip ends with an empty member; level 0 stores, 9 deflates.
  const members = concat(gz(table.slice(0, 5), 0), gz(''), gz(table.slice(5, 6)), gz(table.slice(6), 9), gz(''))
  for (let cut = 0; cut <= members.length; cut++)
    assert.equal([...(await readCsv(chunked(members, [cut]))).data], values, `cut at ${cut}`)
  const every = Array.from({ length: members.length }, (_, i) => i)
  assert.equal([...(await readCsv(chunked(members, every))).data], values)
})

test('gzip: 300 members in one chunk', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => i)
  const { data } = await readCsv(concat(...rows.map(i => gz(`${i}\n`))))
  assert.equal([...data], rows)
})

test('gzip: what zlib packs at any level and cut unpacks to the same numbers, 300 tables', async () => {
  const lines = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 400 })
  await fc.assert(
    fc.asyncProperty(lines, fc.nat(9), fc.array(fc.nat(3000), { maxLength: 5 }), async (numbers, level, cuts) => {
      const bytes = gz(numbers.map(x => `${Object.is(x, -0) ? '-0' : x}\n`).join(''), level)
      const places = cuts.map(cut => cut % bytes.length).sort((a, b) => a - b)
      const { data } = await readCsv(chunked(bytes, places), { header: false })
      assert.equal([...data], numbers)
    }),
    { numRuns: 300, seed: 3 },
  )
})

test('gzip: blocks far longer than the window: 3 MB, packed 200 to 1 and not at all', async () => {
  const text = Array.from({ length: 300_000 }, (_, i) => `${i % 10},${(i * 7) % 1000}\n`).join('')
  for (const level of [0, 1, 9]) {
    const { data, rows } = await readCsv(gz(text, level))
    assert.is(rows, 300_000)
    assert.ok(data.every((value, p) => value === (p % 2 ? (((p - 1) / 2) * 7) % 1000 : (p / 2) % 10)))
  }
})

test('gzip: extra field, name, comment and header checksum are read', async () => {
  const plain = gz(table)
  // Header of RFC 1952 by hand: all four flags; its CRC-16 by zlib’s own CRC-32 of a member that holds these bytes.
  const head = Uint8Array.of(31, 139, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 255, 2, 0, 66, 67, 110, 0, 99, 0)
  const crc = gz(head).subarray(-8, -6)
  assert.equal([...(await readCsv(concat(head, crc, plain.subarray(10)))).data], values)
  const wrong = await refusal(readCsv(concat(head, Uint8Array.of(crc[0]! ^ 1, crc[1]!), plain.subarray(10))))
  assert.match(wrong.message, /corrupted gzip: byte 18: header checksum/)
  const endless = concat(Uint8Array.of(31, 139, 8, 8, 0, 0, 0, 0, 0, 255), new Uint8Array(1 << 20).fill(65))
  assert.match((await refusal(readCsv(endless))).message, /wanted a name of at most 65536 bytes/)
})

test('gzip: every truncation of two members is refused except between them', async () => {
  const [first, second] = [gz(table), gz(table)]
  const both = concat(first, second)
  for (let length = 2; length < both.length; length++) {
    if (length === first.length) continue
    assert.match(
      (await refusal(readCsv(both.subarray(0, length)))).message,
      /corrupted gzip: byte \d+: cut off/,
      `${length}`,
    )
  }
  assert.equal([...(await readCsv(both)).data], [...values, ...values])
})

test('gzip: bytes behind the last member are refused, zeros too, whatever the chunks', async () => {
  const bytes = gz(table)
  for (const rest of ['x', 'junk that is longer', '\0', '\0'.repeat(512), '\x1f']) {
    const whole = concat(bytes, new TextEncoder().encode(rest))
    for (const cuts of [[], [bytes.length], [bytes.length - 1], [bytes.length + 1]]) {
      const error = await refusal(readCsv(chunked(whole, cuts)))
      assert.ok((error.offset ?? 0) >= bytes.length, `${JSON.stringify(rest)}: ${error.message}`)
    }
  }
})

test('gzip: a changed bit gives the same table or an error: only in time, level, system, the text hint and padding', async () => {
  const bytes = gz(table)
  const passed = new Set<number>()
  for (let at = 2; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = bytes.slice()
      changed[at]! ^= 1 << bit
      const result: unknown = await readCsv(changed).catch((error: unknown) => error)
      if (result instanceof FormatError) continue
      assert.equal([...(result as { data: Float64Array }).data], values, `byte ${at}, bit ${bit}`)
      passed.add(at)
    }
  }
  const allowed = [3, 4, 5, 6, 7, 8, 9, bytes.length - 9]
  assert.equal(
    [...passed].filter(at => !allowed.includes(at)),
    [],
  )
})

test('gzip: an error of the stream itself comes through as it is, and a reader that stops closes the stream', async () => {
  const own = new Error('the disk is gone')
  let closed = false
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield gz(table).subarray(0, 12)
    throw own
  }
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield gz('1,2\n3\n')
      for (;;) yield gz('1,2\n'.repeat(20000))
    } finally {
      closed = true
    }
  }
  let error: unknown
  await readCsv(broken()).catch(caught => (error = caught))
  assert.is(error, own)
  await refusal(readCsv(endless()))
  assert.ok(closed)
})

test('utf-8: the first byte that is not text is named with its line, whatever the chunks', async () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
  for (const [bytes, line, offset] of [
    [concat(encode('a,b\r\n1,2\r\n'), Uint8Array.of(0xff), encode('\n')), 3, 10],
    [concat(encode('é,€\n1,2\n𝄞'), Uint8Array.of(0xc3, 0x28)), 3, 15],
    [concat(encode('a\n'), Uint8Array.of(0xe2, 0x82)), 2, 4],
  ] as const) {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const error = await refusal(readCsv(chunked(bytes, [cut])))
      assert.is(error.line, line, `cut at ${cut}: ${error.message}`)
      assert.ok(error.offset === offset || error.offset === offset + 1, `cut at ${cut}: ${error.offset}`)
    }
    const every = Array.from({ length: bytes.length }, (_, i) => i)
    assert.is((await refusal(readCsv(chunked(bytes, every)))).line, line)
  }
})

test.run()
