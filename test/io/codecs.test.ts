import { FormatError } from 'latens'
import { decodeNpy, encodeNpy } from 'latens/io'
import { decodeSafetensors, encodeSafetensors } from '../../src/core/codecs/safetensors.js'
import { FormatError as InternalFormatError } from '../../src/core/errors.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { generator } from '../random.js'

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
const header = (text: string, version = '0100'): string =>
  `934e554d5059${version}${(118).toString(16)}00${[...text.padEnd(117)].map(c => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')}0a`

test('npy: little and big endian, Fortran order, as the format’s specification lays them out', () => {
  // [[1, 2, 3], [4, 5, 6]]: IEEE bytes written out by hand.
  const be = ['3ff0', '4000', '4008', '4010', '4014', '4018'].map(v => v.padEnd(16, '0'))
  const le = be.map(v => v.match(/../g)!.reverse().join(''))
  const order = (cells: string[]): string => [0, 3, 1, 4, 2, 5].map(i => cells[i]).join('')
  for (const [descr, fortran, cells] of [
    ['<f8', 'False', le.join('')],
    ['>f8', 'False', be.join('')],
    ['<f8', 'True', order(le)],
  ] as const) {
    const bytes = hex(header(`{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (2, 3), }`) + cells)
    const { data, shape } = decodeNpy(bytes)
    assert.equal([...data], [1, 2, 3, 4, 5, 6], `${descr} ${fortran}`)
    assert.equal(shape, [2, 3])
  }
})

test('npy: round trips keep every bit, from a Buffer at any offset too', () => {
  for (const data of [
    Float64Array.of(1.5, -0, 5e-324, Infinity, NaN, 1e308),
    Float32Array.of(1, 2.5, 3e-45, -1, 0, 7),
  ]) {
    const bytes = encodeNpy(data, [2, 3])
    const back = decodeNpy(Buffer.from(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3)))
    assert.equal(new Uint8Array(back.data.buffer), new Uint8Array(data.buffer))
    assert.equal(back.shape, [2, 3])
  }
})

test('npy: every truncation and 2,000 mutations give a matrix or a FormatError', () => {
  const bytes = encodeNpy(Float64Array.of(1, 2, 3, 4), [2, 2])
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(
      () => decodeNpy(bytes.subarray(0, length)),
      (e: unknown) => e instanceof FormatError,
      `${length}`,
    )
  }
  attack(bytes, decodeNpy, FormatError)
})

test('safetensors: round trips keep every bit, from a Buffer at any offset too', () => {
  const a = Float64Array.of(1.5, -0, NaN, 5e-324)
  const bytes = encodeSafetensors(
    { a: { dtype: 'F64', shape: [2, 2], data: a }, b: { dtype: 'F32', shape: [0], data: new Float32Array(0) } },
    { note: 'wörld' },
  )
  const { tensors, metadata } = decodeSafetensors(Buffer.from(Buffer.concat([Buffer.alloc(5), bytes]).subarray(5)))
  assert.equal(new Uint8Array(tensors['a']!.data.buffer), new Uint8Array(a.buffer))
  assert.equal(tensors['b']!.shape, [0])
  assert.equal({ ...metadata }, { note: 'wörld' })
})

test('safetensors: every truncation and 2,000 mutations give tensors or a FormatError', () => {
  const bytes = encodeSafetensors({ a: { dtype: 'F64', shape: [2], data: Float64Array.of(1, 2) } }, { k: 'v' })
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(
      () => decodeSafetensors(bytes.subarray(0, length)),
      (e: unknown) => e instanceof InternalFormatError,
    )
  }
  attack(bytes, decodeSafetensors, InternalFormatError)
})

function attack(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown, Wanted: typeof FormatError): void {
  const random = generator(1)
  for (let i = 0; i < 2000; i++) {
    const damaged = bytes.slice()
    for (let n = 1 + random.below(3); n > 0; n--) damaged[random.below(damaged.length)] = random.below(256)
    try {
      decode(damaged)
    } catch (error) {
      if (!(error instanceof Wanted)) throw error
    }
  }
}

test.run()
