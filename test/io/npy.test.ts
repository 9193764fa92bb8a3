// Files of numpy.save and numpy.lib.format.write_array (test/golden/io/make.py); values as that script states them.
import { FormatError } from 'latens'
import { decodeNpy, encodeNpy } from 'latens/io'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { golden } from './fixtures.js'

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

test('npy: arange(6) - 2 as f4, f8, i4, i8 in both byte orders', () => {
  for (const [type, Wanted] of [
    ['f4', Float32Array],
    ['f8', Float64Array],
    ['i4', Int32Array],
    ['i8', Float64Array],
  ] as const) {
    for (const order of ['le', 'be']) {
      const { data, shape } = decodeNpy(golden(`${type}-${order}.npy`))
      assert.instance(data, Wanted, `${type} ${order}`)
      assert.equal(
        [[...data], shape],
        [
          [-2, -1, 0, 1, 2, 3],
          [2, 3],
        ],
        `${type} ${order}`,
      )
    }
  }
})

test('npy: bytes, booleans, halves, Fortran order, any shape, all three versions', () => {
  for (const [name, Wanted, values, shape] of [
    ['u1', Int32Array, [250, 251, 252, 253, 254, 255], [2, 3]],
    ['b1', Int32Array, [1, 0, 1], [3]],
    ['half-steps', Float64Array, [-1, -0.5, 0, 0.5, 1, 1.5], [6]],
    ['fortran', Float64Array, range(6), [2, 3]],
    ['fortran-3d', Int32Array, range(24), [2, 3, 4]],
    ['scalar', Float64Array, [7.5], []],
    ['vector', Float64Array, range(3), [3]],
    ['no-columns-no-rows', Float64Array, [], [0, 4]],
    ['v1', Float64Array, range(4), [2, 2]],
    ['v2', Float64Array, range(4), [2, 2]],
    ['v3', Float64Array, range(4), [2, 2]],
    ['bytes', Int32Array, [99, 115, 114], [3]], // b'csr'
  ] as const) {
    const array = decodeNpy(golden(`${name}.npy`))
    assert.instance(array.data, Wanted, name)
    assert.equal([[...array.data], array.shape], [[...values], [...shape]], name)
  }
})

test('npy: the three versions differ in the bytes that say so', () => {
  for (const major of [1, 2, 3]) assert.equal([...golden(`v${major}.npy`).subarray(6, 8)], [major, 0])
})

test('npy: encodeNpy writes the very bytes of numpy.save', () => {
  for (const [name, data, shape] of [
    ['f8-le', Float64Array.of(-2, -1, 0, 1, 2, 3), [2, 3]],
    ['f4-le', Float32Array.of(-2, -1, 0, 1, 2, 3), [2, 3]],
    ['i4-le', Int32Array.of(-2, -1, 0, 1, 2, 3), [2, 3]],
    ['scalar', Float64Array.of(7.5), []],
    ['vector', Float64Array.of(0, 1, 2), [3]],
    ['no-columns-no-rows', new Float64Array(0), [0, 4]],
  ] as const) {
    assert.equal(encodeNpy(data, [...shape]), golden(`${name}.npy`), name)
  }
})

test('npy: pickled objects, half floats and records are refused with what was wanted', () => {
  for (const [name, message] of [
    ['object', /descr '\|O': pickled objects, which are never read: wanted one of f4/],
    ['half', /descr '<f2': wanted one of f4/],
    ['record', /header .*wanted plain descr/],
  ] as const) {
    assert.throws(
      () => decodeNpy(golden(`${name}.npy`)),
      (e: unknown) => e instanceof FormatError && message.test(e.message),
      name,
    )
  }
})

test.run()
