// Files of numpy.savez, numpy.savez_compressed and scipy.sparse.save_npz (test/golden/io/make.py), and our own held
// against an independent reading of the zip.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { crc32, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { csr, dense, type Csr, FormatError, OutOfMemory, toRowMajor } from 'latens'
import { csrFromNpz, decodeNpy, encodeNpy, readNpz, writeNpz, type NpyArray } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bits, chunked, failure, golden } from './fixtures.js'

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const plain = (arrays: Record<string, NpyArray>): Record<string, [string, number[], number[]]> =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { data, shape }]) => [name, [data.constructor.name, [...data], shape]]),
  )
const named = {
  X: ['Float64Array', range(6), [2, 3]],
  labels: ['Int32Array', range(4), [4]],
  größe: ['Float64Array', [2.5], []],
}
const refusal = (bytes: Uint8Array, options = {}): Promise<FormatError> => failure(readNpz(bytes, options), FormatError)

test('npz: what numpy.savez and savez_compressed write, by name, in its order', async () => {
  assert.equal(plain(await readNpz(golden('stored.npz'))), named)
  const long = ['Float64Array', Array.from({ length: 5000 }, () => 0), [5000]]
  const deflated = await readNpz(golden('deflated.npz'))
  assert.equal(plain(deflated), { ...named, long })
  assert.equal(Object.keys(deflated), ['X', 'labels', 'größe', 'long'])
  assert.equal(plain(await readNpz(golden('one.npz'))), { arr_0: ['Float64Array', range(6), [2, 3]] })
  assert.equal(await readNpz(golden('none.npz')), {})
})

test('npz: what numpy writes into a pipe, sizes behind the data', async () => {
  const wanted = { X: ['Float64Array', range(6), [2, 3]], y: ['Float64Array', range(3), [3]] }
  for (const name of ['piped', 'piped-deflated'])
    assert.equal(plain(await readNpz(golden(`${name}.npz`))), wanted, name)
})

test('npz: from a stream cut anywhere, from a Buffer at any offset', async () => {
  const bytes = golden('piped-deflated.npz')
  const wanted = plain(await readNpz(bytes))
  for (let cut = 0; cut <= bytes.length; cut++) assert.equal(plain(await readNpz(chunked(bytes, [cut]))), wanted)
  assert.equal(plain(await readNpz(chunked(bytes, range(bytes.length)))), wanted)
  assert.equal(plain(await readNpz(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3))), wanted)
})

test('npz: every truncation and every byte more is refused', async () => {
  for (const name of ['stored', 'deflated', 'piped', 'piped-deflated', 'sparse-csr']) {
    const bytes = golden(`${name}.npz`)
    for (let length = 0; length < bytes.length; length++) await refusal(bytes.subarray(0, length))
    await refusal(Buffer.concat([bytes, Buffer.of(0)]))
    await refusal(Buffer.concat([Buffer.of(0), bytes]))
  }
})

test('npz: a changed byte is an error, or one of those that say nothing of the arrays', async () => {
  for (const name of ['stored', 'deflated', 'piped', 'piped-deflated']) {
    const bytes = golden(`${name}.npz`)
    const wanted = plain(await readNpz(bytes))
    const silent = silentBytes(bytes)
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const changed = bytes.slice()
        changed[at]! ^= mask
        const result: unknown = await readNpz(changed).catch((error: unknown) => error)
        if (result instanceof FormatError) assert.match(result.message, /^readNpz: (byte \d+|member ")/)
        else {
          assert.ok(
            silent.has(at) || sameByZlib(bytes, changed, at),
            `${name}: byte ${at} ^ ${mask}: ${String(result)}`,
          )
          assert.equal(plain(result as Record<string, NpyArray>), wanted)
        }
      }
    }
  }
})

/** Versions and attributes, by the zip specification alone. */
function silentBytes(bytes: Uint8Array): Set<number> {
  return new Set(
    walk(bytes).flatMap(({ entry, local }) => [
      local + 4,
      local + 5,
      ...range(4).map(i => entry + 4 + i),
      ...range(6).map(i => entry + 36 + i),
    ]),
  )
}

/** Deflate spells the same bytes in more than one way, and pads its end: is the changed byte in a member that zlib too
 *  unpacks to what it was? */
function sameByZlib(bytes: Uint8Array, changed: Uint8Array, at: number): boolean {
  const member = walk(bytes).find(({ method, data, packed }) => method === 8 && at >= data && at < data + packed)
  if (member === undefined) return false
  const unpack = (file: Uint8Array): Buffer => inflateRawSync(file.subarray(member.data, member.data + member.packed))
  return unpack(changed).equals(unpack(bytes))
}

interface Member {
  name: string
  entry: number
  local: number
  data: number
  packed: number
  size: number
  crc: number
  method: number
}
/** The directory of a zip file, read without the library. */
function walk(bytes: Uint8Array): Member[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const end = bytes.length - 22
  const members: Member[] = []
  for (let entry = view.getUint32(end + 16, true); entry < end;) {
    const length = view.getUint16(entry + 28, true)
    const local = view.getUint32(entry + 42, true)
    members.push({
      name: new TextDecoder().decode(bytes.subarray(entry + 46, entry + 46 + length)),
      entry,
      local,
      data: local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true),
      packed: view.getUint32(entry + 20, true),
      size: view.getUint32(entry + 24, true),
      crc: view.getUint32(entry + 16, true),
      method: view.getUint16(entry + 10, true),
    })
    entry += 46 + length + view.getUint16(entry + 30, true)
  }
  return members
}

test('npz: writeNpz is a zip of .npy files: names, checksums and contents by zlib and by the zip specification', () => {
  const data = Float64Array.from(range(600))
  const arrays = {
    X: dense(data, [20, 30]),
    'transposed/view': dense(data, [30, 20], { stride: [1, 30] }),
    größe: { data: Int32Array.of(3), shape: [] },
    plain: Float32Array.of(1, 2),
  }
  for (const compress of [false, true]) {
    const bytes = writeNpz(arrays, { compress })
    const members = walk(bytes)
    assert.equal(
      members.map(member => member.name),
      ['X.npy', 'transposed/view.npy', 'größe.npy', 'plain.npy'],
    )
    const contents = members.map(({ data: at, packed, size, crc, method }) => {
      const stored = bytes.subarray(at, at + packed)
      const out = method === 8 ? inflateRawSync(stored) : stored
      assert.equal([out.length, crc32(out)], [size, crc])
      return new Uint8Array(out)
    })
    assert.equal(contents[0], encodeNpy(data, [20, 30]))
    assert.equal(contents[1], encodeNpy(toRowMajor(arrays['transposed/view']), [30, 20]))
    assert.equal(contents[2], encodeNpy(Int32Array.of(3), []))
    assert.equal(contents[3], encodeNpy(Float32Array.of(1, 2), [2]))
    assert.equal(writeNpz(arrays, { compress }), bytes)
  }
  assert.ok(writeNpz(arrays, { compress: true }).length < writeNpz(arrays).length / 2)
})

test('npz: a stored file of ours holds the members numpy.savez writes, byte for byte', () => {
  const ours = writeNpz({
    X: dense(Float64Array.from(range(6)), [2, 3]),
    labels: Int32Array.from(range(4)),
    größe: { data: Float64Array.of(2.5), shape: [] },
  })
  const members = (bytes: Uint8Array): unknown[] =>
    walk(bytes).map(({ name, data, packed, crc }) => [name, bytes.slice(data, data + packed), crc])
  assert.equal(members(ours), members(golden('stored.npz')))
})

test('npz: round trips keep names, shapes and every bit: 300 records', async () => {
  const array = fc
    .tuple(fc.array(fc.nat(4), { maxLength: 3 }), fc.constantFrom(Float64Array, Float32Array, Int32Array))
    .chain(([shape, Type]) => {
      const length = shape.reduce((a, b) => a * b, 1)
      const element = Type === Int32Array ? fc.integer() : fc.double()
      return fc
        .array(element, { minLength: length, maxLength: length })
        .map((values): NpyArray => ({ data: Type.from(values), shape }))
    })
  const name = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('constructor', 'toString', '', '0', 'a/b'))
  const record = fc.dictionary(
    name.filter(key => key !== '__proto__'),
    array,
    { maxKeys: 5 },
  )
  await fc.assert(
    fc.asyncProperty(record, fc.boolean(), async (arrays, compress) => {
      const back = await readNpz(writeNpz(arrays, { compress }))
      assert.equal(Object.keys(back).sort(), Object.keys(arrays).sort())
      for (const [key, { data, shape }] of Object.entries(arrays)) {
        assert.equal([back[key]!.data.constructor, back[key]!.shape], [data.constructor, shape])
        assert.equal(bits(back[key]!.data), bits(data))
      }
    }),
    { numRuns: 300, seed: 4 },
  )
})

test('npz: names given twice, pickled objects, other members, __proto__, encryption and zip64 are refused', async () => {
  assert.match((await refusal(golden('twice.npz'))).message, /byte \d+: "X.npy": given twice/)
  assert.match(
    (await refusal(golden('object.npz'))).message,
    /member "bad.npy": .*pickled objects, which are never read/,
  )
  assert.match((await refusal(golden('text.npz'))).message, /member "readme.txt": wanted a name that ends in .npy/)
  const stored = golden('one.npz')
  const patched = (change: (view: DataView, member: Member, end: number) => void): Uint8Array => {
    const bytes = stored.slice()
    change(new DataView(bytes.buffer), walk(bytes)[0]!, bytes.length - 22)
    return bytes
  }
  const encrypted = patched((view, { entry, local }) => {
    view.setUint16(entry + 8, 1, true)
    view.setUint16(local + 6, 1, true)
  })
  assert.match((await refusal(encrypted)).message, /encrypted/)
  const bzip2 = patched((view, { entry, local }) => {
    view.setUint16(entry + 10, 12, true)
    view.setUint16(local + 8, 12, true)
  })
  assert.match((await refusal(bzip2)).message, /method 12: wanted stored \(0\) or deflated \(8\)/)
  for (const zip64 of [
    patched((view, { entry }) => view.setUint32(entry + 24, 0xffffffff, true)),
    patched((view, _, end) => view.setUint32(end + 16, 0xffffffff, true)),
    patched((view, _, end) => view.setUint16(end + 10, 0xffff, true)),
  ])
    assert.match((await refusal(zip64)).message, /zip64: wanted a (file|member) below 4 GB/)
  const proto = writeNpz({ __prot__: Float64Array.of(1) })
  const text = Buffer.from(proto).toString('latin1').replaceAll('__prot__.npy', '__proto__.np')
  await refusal(Buffer.from(text, 'latin1'))
  const named9 = Buffer.from(writeNpz({ x23456789: Float64Array.of(1) })).toString('latin1')
  const named = await refusal(Buffer.from(named9.replaceAll('x23456789', '__proto__'), 'latin1'))
  assert.match(named.message, /the name __proto__ is refused/)
  assert.throws(
    () => writeNpz(JSON.parse('{"__proto__": 1}') as Record<string, NpyArray>),
    (e: unknown) => e instanceof RangeError && e.message.includes('__proto__'),
  )
})

test('npz: bombs: unpacked sizes are held against maxBytes and against what deflate can do, before memory is asked for', async () => {
  const zeros = writeNpz({ a: new Float64Array(1 << 20), b: new Float64Array(1 << 20) }, { compress: true })
  assert.ok(zeros.length < 40_000)
  const total = walk(zeros).reduce((sum, { size }) => sum + size, 0)
  const error = await failure(readNpz(zeros, { maxBytes: total - 1 }), OutOfMemory)
  assert.equal([error.needed, error.available], [total, total - 1])
  assert.is((await readNpz(zeros, { maxBytes: total })).a!.data.length, 1 << 20)
  // 3.9 GB from a few hundred bytes: more than deflate can hold.
  const lie = golden('deflated.npz')
  const view = new DataView(lie.buffer)
  const { entry } = walk(lie)[0]!
  view.setUint32(entry + 24, 3.9e9, true)
  assert.match((await refusal(lie)).message, /"X.npy": 3900000000 bytes cannot be packed in 87/)
  for (const options of [null, { maxBytes: '1' }, { limit: 1 }])
    await failure(readNpz(zeros, options as object), TypeError)
  await failure(readNpz(zeros, { maxBytes: -1 }), RangeError)
  await failure(readNpz('text' as unknown as Uint8Array), TypeError)
})

const A = [0, 1.5, 0, -2e-300, 0, 1e308, 0, 0, 0.1]

test('sparse npz: what scipy.sparse.save_npz writes of A as csr, csc and coo is A; bsr and dia are refused', async () => {
  for (const format of ['csr', 'csc', 'coo']) {
    const matrix = csrFromNpz(await readNpz(golden(`sparse-${format}.npz`)))!
    assert.is(matrix.kind, 'csr')
    assert.equal([[...toRowMajor(matrix)], matrix.data.length], [A, 4], format)
  }
  for (const format of ['bsr', 'dia']) {
    const arrays = await readNpz(golden(`sparse-${format}.npz`))
    assert.throws(
      () => csrFromNpz(arrays),
      (e: unknown) => e instanceof FormatError && e.message.includes(`format "${format}": wanted csr, csc or coo`),
    )
  }
  assert.is(csrFromNpz(await readNpz(golden('stored.npz'))), undefined)
})

test('sparse npz: unsorted columns are sorted, entries of one place summed, integers taken', async () => {
  // data 1 2 4 8 at the columns 2 0 2 | | 1
  const matrix = csrFromNpz(await readNpz(golden('sparse-unsorted.npz')))!
  assert.equal([...toRowMajor(matrix)], [2, 0, 5, 0, 0, 0, 0, 8, 0])
  assert.equal(
    [[...matrix.indptr], [...matrix.indices]],
    [
      [0, 2, 2, 3],
      [0, 2, 1],
    ],
  )
})

test('sparse npz: writeNpz(csr) reads back to the same matrix, and has the members of scipy.sparse.save_npz', async () => {
  for (const Type of [Float32Array, Float64Array]) {
    const matrix = csr({
      indptr: Int32Array.of(0, 1, 1, 3),
      indices: Int32Array.of(2, 0, 1),
      data: Type.of(1.5, -0, 3),
      shape: [3, 4],
    })
    const arrays = await readNpz(writeNpz(matrix))
    const back = csrFromNpz(arrays)!
    assert.equal(back, matrix)
    assert.equal(bits(back.data), bits(matrix.data))
    const theirs = walk(golden('sparse-csr.npz')).map(({ name }) => name)
    for (const name of Object.keys(arrays)) assert.ok(theirs.includes(`${name}.npy`), name)
  }
})

test('sparse npz: broken indices are named', async () => {
  const good = await readNpz(writeNpz(csr({ indptr: Int32Array.of(0, 1, 2), indices: Int32Array.of(1, 0), data: Float64Array.of(1, 2), shape: [2, 2] }))) // prettier-ignore
  const integers = (...values: number[]): NpyArray => ({ data: Int32Array.from(values), shape: [values.length] })
  const cases: [Record<string, NpyArray>, RegExp][] = [
    [{ indices: integers(1, 2) }, /indices\[1\] = 2: wanted an integer from 0 to 1/],
    [{ indices: integers(1, -1) }, /indices\[1\] = -1/],
    [{ indices: integers(1) }, /indices: wanted 2 entries, got 1/],
    [{ indptr: integers(0, 2) }, /indptr: wanted 3 entries, got 2/],
    [{ indptr: integers(0, 3, 2) }, /indptr\[1\] = 3: wanted an integer from 0 to 2/],
    [{ indptr: integers(1, 1, 2) }, /indptr: wanted 0 first and 2 last, got 1 and 2/],
    [{ shape: integers(2, -2) }, /shape \[2,-2\]: wanted two integers/],
    [{ shape: integers(2) }, /shape \[2\]: wanted two integers/],
    [{ data: { data: Float64Array.of(1), shape: [1, 1] } }, /data: wanted an array of one dimension/],
  ]
  for (const [change, message] of cases) {
    assert.throws(
      () => csrFromNpz({ ...good, ...change }),
      (e: unknown) => e instanceof FormatError && message.test(e.message),
      String(message),
    )
  }
  const tall = { ...(await readNpz(golden('sparse-coo.npz'))), shape: integers(2 ** 31 - 1, 3) }
  assert.throws(
    () => csrFromNpz(tall),
    (e: unknown) => e instanceof OutOfMemory && e.available === 2 ** 28,
  )
})

test('npz: wrong content is a TypeError or RangeError that names the array', () => {
  for (const [content, Wanted, message] of [
    [null, TypeError, /writeNpz: content: wanted/],
    [Float64Array.of(1), TypeError, /writeNpz: content: wanted/],
    [{ 'a\ud800': Float64Array.of(1) }, RangeError, /wanted a name of whole characters/],
    [{ a: 1 }, TypeError, /content\["a"\]: wanted an array/],
    [{ a: { data: [1], shape: [1] } }, TypeError, /content\["a"\]: encodeNpy: data: wanted/],
    [{ a: { data: Float64Array.of(1), shape: [2] } }, RangeError, /content\["a"\]: .*wanted 1 elements, got 2/],
  ] as const) {
    assert.throws(
      () => writeNpz(content as unknown as Csr),
      (e: unknown) => e instanceof Wanted && message.test((e as Error).message),
      String(message),
    )
  }
  assert.throws(
    () => writeNpz({}, { compress: 1 } as object),
    (e: unknown) => e instanceof TypeError,
  )
  assert.throws(
    () => writeNpz({}, { level: 1 } as object),
    (e: unknown) => e instanceof TypeError,
  )
})

test('npz: the main entry carries no zip code', () => {
  const seen = new Set<string>()
  const visit = (file: string): string => {
    if (seen.has(file)) return ''
    seen.add(file)
    const text = readFileSync(join('dist', file), 'utf8')
    return text + [...text.matchAll(/from\s*"\.\/([^"]+)"/g)].map(([, next = '']) => visit(next)).join('')
  }
  const words = 'invalid length/literal'
  assert.not.match(visit('index.js'), words)
  seen.clear()
  assert.match(visit('io.js'), words)
})

test('latens nmf takes .npz: the only array, a sparse matrix; several arrays are named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latens-npz-'))
  try {
    const run = (name: string, bytes: Uint8Array, ...flags: string[]) => {
      writeFileSync(join(folder, name), bytes)
      const args = [
        resolve('dist/cli.js'),
        'nmf',
        name,
        '-k',
        '1',
        '--max-iter',
        '500',
        '--out',
        `${name}.out`,
        ...flags,
      ]
      return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 60_000 })
    }
    const W = (name: string): number[] => [...decodeNpy(readFileSync(join(folder, `${name}.out/W.npy`))).data]
    const one = run('one.npz', golden('one.npz'))
    assert.is(one.status, 0, one.stderr)
    assert.is(W('one.npz').length, 2)
    const full = dense(Float64Array.of(1, 0, 2, 0, 3, 1), [3, 2])
    const sparse = csr({ indptr: Int32Array.of(0, 1, 2, 4), indices: Int32Array.of(0, 0, 0, 1), data: Float64Array.of(1, 2, 3, 1), shape: [3, 2] }) // prettier-ignore
    assert.is(run('full.npz', writeNpz({ X: full }, { compress: true })).status, 0)
    assert.is(run('sparse.npz', writeNpz(sparse)).status, 0)
    const [a, b] = [W('full.npz'), W('sparse.npz')]
    assert.ok(
      a.every((value, i) => Math.abs(value - b[i]!) < 1e-6),
      `${a} and ${b}`,
    )
    const several = run('stored.npz', golden('stored.npz'))
    assert.is(several.status, 1)
    assert.match(several.stderr, /stored.npz: wanted one array or a sparse matrix, got 3 arrays: X, labels, größe/)
    assert.match(
      run('flat.npz', writeNpz({ y: Float64Array.of(1) })).stderr,
      /flat.npz: wanted a matrix, got 1 dimensions/,
    )
    const across = [run('t.npz', writeNpz(sparse), '--transpose'), run('u.npz', writeNpz({ full }), '--transpose')]
    assert.equal(
      across.map(({ status }) => status),
      [0, 0],
    )
    assert.ok(W('t.npz').length === 2 && W('t.npz').every((value, i) => Math.abs(value - W('u.npz')[i]!) < 1e-6))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.run()
