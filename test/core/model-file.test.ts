// What a model's file is read by: whatever is not what was written is a FormatError that says what was wanted.
import { encodeSafetensors } from '../../src/core/codecs/safetensors.js'
import { FormatError } from '../../src/core/errors.js'
import { dense } from '../../src/core/matrix.js'
import {
  estimatorOf,
  integersTensor,
  matrixTensor,
  ModelFile,
  seriesTensor,
  writeModel,
} from '../../src/core/model-file.js'
import type { OptionSpecs } from '../../src/core/options.js'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failure } from '../failure.js'

interface Options {
  readonly size: number
  readonly mode: string
}
const SPECS: OptionSpecs<Options> = {
  size: { type: 'integer', min: 1, max: 9, default: 2 },
  mode: { type: 'choice', choices: ['a', 'b'], default: 'a' },
}
const A = dense(Float32Array.of(1, -2, 3, 4, 5, 6), [2, 3])
const odd = Float64Array.of(NaN, -Infinity, -0, 5e-324)
const facts = { count: 3, tiny: 5e-324, third: 1 / 3, on: true, off: false, word: 'two words' }
const whole = Int32Array.of(3, 0, 2, 3)
const tensors = { A: matrixTensor(A), s: seriesTensor(odd), i: integersTensor(whole) }
const bytes = writeModel('some', tensors, { size: 5, mode: 'b' }, facts)
const open = (): ModelFile => new ModelFile('Model.load', 'some', bytes)

test('arrays, options and facts come back to the bit', () => {
  const file = open()
  assert.equal(
    file.options(SPECS, options => options),
    { size: 5, mode: 'b' },
  )
  assert.is(
    file.options(SPECS, (_, text) => text('word')),
    'two words',
  )
  assert.equal(file.matrix('A', 2, 3), A.data)
  assert.equal(file.matrix('A', undefined, 3), A.data)
  const series = file.series('s')
  for (const [i, value] of odd.entries()) assert.ok(Object.is(series[i], value), `${i}`)
  assert.equal(file.integers('i', 4), whole)
  assert.is(file.count('count'), 3)
  assert.is(file.number('tiny'), 5e-324)
  assert.is(file.number('third'), 1 / 3)
  assert.is(file.flag('on'), true)
  assert.is(file.flag('off'), false)
  assert.ok(file.has('A') && !file.has('B'))
  file.end()
})

test('what the file has not got as it is asked for is a FormatError that says what was wanted', async () => {
  const cases: [(file: ModelFile) => unknown, RegExp][] = [
    [file => file.matrix('A', 3, 2), /wanted a tensor A of the model's shape and precision/],
    [file => file.matrix('A', 2, undefined, 0), /wanted finite numbers >= 0 in A/],
    [file => file.matrix('B', 2, 3), /wanted a tensor B/],
    [file => file.matrix('s', 2, 2), /wanted a tensor s/],
    [file => file.series('A'), /wanted a tensor A, f64 of one dimension/],
    [file => file.integers('i', 3), /wanted integers from 0 to 2 in i/],
    [file => file.integers('s', 3), /wanted a tensor s, i32 of one dimension/],
    [file => file.number('word'), /wanted a number word, got two words/],
    [file => file.number('none'), /wanted a number none, got undefined/],
    [file => file.count('third'), /wanted third an integer >= 0, got 0\.333/],
    [file => file.flag('count'), /wanted count true or false, got 3/],
    [file => file.end(), /wanted no tensors but , got/],
    [file => file.options({ size: SPECS.size }, o => o), /options: .*option mode is not known/],
    [file => file.options({ ...SPECS, size: { ...SPECS.mode } }, o => o), /options: .*size: wanted one of a, b, got 5/],
    [
      file =>
        file.options(SPECS, () => {
          throw new RangeError('not together')
        }),
      /options: not together/,
    ],
  ]
  for (const [read, text] of cases) {
    const error = await failure(() => read(open()))
    assert.instance(error, FormatError, error.message)
    assert.match(error.message, /^Model\.load: /)
    assert.match(error.message, text)
  }
  // All matrices have the precision of the first.
  const mixed = { A: matrixTensor(A), B: matrixTensor(dense(Float64Array.of(1), [1, 1])) }
  const file = new ModelFile('Model.load', 'some', writeModel('some', mixed, {}, {}))
  file.matrix('A', 2, 3)
  assert.instance(await failure(() => file.matrix('B', 1, 1)), FormatError)
})

test('a file of another estimator, of none, and damaged ones are refused; estimatorOf tells which it is', async () => {
  assert.is(estimatorOf(bytes), 'some')
  assert.match((await failure(() => new ModelFile('M.load', 'other', bytes))).message, /wanted a latens other model/)
  const damaged = bytes.slice()
  damaged[damaged.length - 1]! ^= 1
  assert.match((await failure(() => new ModelFile('M.load', 'some', damaged))).message, /the file is damaged/)
  for (const [other, got] of [
    [encodeSafetensors({}, {}), /got format undefined/],
    [encodeSafetensors({ A: matrixTensor(A) }, { format: 'pt' }), /got format pt/],
    [encodeSafetensors({}, { format: 'latens' }), /estimator undefined/],
    [new TextEncoder().encode('a,b,c\n1,2,3\n'), /wanted/],
    [new Uint8Array(3), /wanted/],
  ] as const) {
    const error = await failure(() => estimatorOf(other))
    assert.instance(error, FormatError, error.message)
    assert.match(error.message, got)
  }
  assert.instance(await failure(() => estimatorOf('text' as never)), TypeError)
})

test.run()
