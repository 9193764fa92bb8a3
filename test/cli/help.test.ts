// What a newcomer sees first: help, version, and what the command says about slips.
import { readFileSync } from 'node:fs'
import { registry } from 'latens'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fitFlagsOf } from '../../cli/flag-list.js'
import { parseFlags } from '../../cli/flags.js'
import { latens } from './latens.js'

const kebab = (name: string): string => name.replace(/[A-Z]/g, c => `-${c.toLowerCase()}`)

const COMMANDS = [...Object.keys(registry), 'transform', 'demo']

/** A help's entries by flag, each with its text on one line. */
function entries(help: string): Map<string, string> {
  const blocks = help.split(/\n(?= {2,6}-)/).slice(1)
  return new Map(blocks.map(block => [/--[\w-]+/.exec(block)?.[0] ?? '', block.split('\n\n')[0]!.replace(/\s+/g, ' ')]))
}

test('--help gives the type, the range or choices and the default of every option of the registry', () => {
  const { status, stdout } = latens(['nmf', '--help'])
  assert.is(status, 0)
  const found = entries(stdout)
  const options = Object.entries(registry.nmf.options).filter(
    ([name, spec]) => name !== 'init' && !('object' in spec && spec.object),
  )
  assert.ok(options.length > 10)
  for (const [name, spec] of options) {
    const flag = `--${spec.type === 'boolean' && spec.default ? 'no-' : ''}${kebab(name)}`
    const text = found.get(flag) ?? ''
    const type = { boolean: flag, choice: '', custom: '', integer: '<integer>', number: '<number>' }[spec.type]
    assert.ok(text.includes(type), `${flag}: ${text}`)
    assert.match(text, spec.default === null ? /by default/ : /default/, flag)
    if (spec.type === 'choice') for (const choice of spec.choices) assert.ok(text.includes(choice), flag)
    if (spec.type === 'integer' || spec.type === 'number') assert.ok(text.includes(`(${spec.min} to `), flag)
    if (spec.type !== 'boolean' && spec.default !== null) assert.ok(text.includes(`default ${spec.default}`), flag)
  }
  for (const flag of [
    '--out',
    '--force',
    '--transpose',
    '--precision',
    '--max-memory',
    '--checkpoint',
    '--resume',
    '--json',
    '--quiet',
  ])
    assert.ok(found.has(flag), flag)
})

test('every flag the help lists is taken, and no line is wider than a terminal', () => {
  for (const command of COMMANDS) {
    const { stdout } = latens([command, '--help'])
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
    assert.match(stdout, `\nFor example: latens ${command} `)
    for (const [flag, text] of entries(stdout)) {
      const { stderr } = latens([command, 'none.csv', 'more', 'too many', flag, ...(/ <.*>/.test(text) ? ['1'] : [])])
      assert.not.match(stderr, /no flag|wanted a value|wanted no value/, flag)
    }
  }
})

test('a flag for what a fit does not take in its run is not there', () => {
  const names = (run: Parameters<typeof fitFlagsOf>[0]): string[] => fitFlagsOf(run).map(({ name }) => name)
  const every = names(registry.nmf.run)
  const some = names(['signal', 'onProgress'])
  assert.equal(
    every.filter(name => !some.includes(name)),
    ['threads', 'max-memory', 'checkpoint', 'checkpoint-every', 'resume'],
  )
  assert.equal(
    every.filter(name => !names(['signal', 'maxMemory', 'threads']).includes(name)),
    ['checkpoint', 'checkpoint-every', 'resume'],
  )
  assert.throws(
    () => parseFlags(['X.tsv', '--resume', 'c'], fitFlagsOf(['signal'])),
    /no flag --resume; did you mean --/,
  )
})

test('latens alone shows the overview as a usage error; help and version exit 0', () => {
  const alone = latens([])
  assert.is(alone.status, 2)
  assert.is(alone.stdout, '')
  for (const args of [['--help'], ['-h'], ['help']]) {
    const { status, stdout, stderr } = latens(args)
    assert.is(status, 0)
    assert.is(stderr, '')
    assert.is(stdout, alone.stderr)
    for (const command of COMMANDS) assert.match(stdout, `\n  ${command} `)
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  for (const flag of ['--version', '-v', '-V']) {
    const { status, stdout } = latens([flag])
    assert.is(status, 0)
    assert.is(stdout, `${version}\n`)
  }
})

test('help is given whatever else stands on the line, and for each command by three ways', () => {
  for (const command of COMMANDS) {
    const { stdout } = latens(['help', command])
    assert.match(stdout, `Usage: latens ${command}`)
    for (const args of [
      [command, '--help'],
      [command, '-h'],
      [command, '--bogus', '-h'],
    ]) {
      const other = latens(args)
      assert.is(other.status, 0)
      assert.is(other.stdout, stdout)
    }
  }
})

test('usage errors exit 2 in one line on stderr, with the nearest of what there is', () => {
  for (const [args, text] of [
    [['nm'], new RegExp(`no command nm, there are ${COMMANDS.join(', ')}; did you mean nmf\\?`)],
    [['constructor'], /no command constructor/],
    [['nmf', 'X.tsv', '--max-iters', '3'], /no flag --max-iters; did you mean --max-iter\?/],
    [['nmf', 'X.tsv', '--rescale'], /no flag --rescale; did you mean --no-rescale\?/],
    [['nmf', 'X.tsv', '--k', '3'], /no flag --k; did you mean -k\?/],
    [['nmf', 'X.tsv', '-K', '3'], /no flag -K; did you mean -k\?/],
    [['nmf', 'X.tsv', '-o', 'x'], /no flag -o; did you mean --out\?/],
    [['nmf', 'X.tsv', '-seed', '3'], /no flag -seed; did you mean --seed\?/],
    [['nmf', 'X.tsv', '--max-iter', '-3'], /--max-iter: wanted a value, got -3; .* write --max-iter=-3/],
    [['nmf', 'X.tsv', '--max-iter=-3'], /--max-iter: wanted an integer from 1 to 1000000000, got -3/],
    [['nmf', 'X.tsv', '--seed'], /--seed: wanted a value, got nothing/],
    [['nmf', 'X.tsv', '--json=1'], /--json: wanted no value/],
    [['nmf', 'X.tsv', '-k', '0'], /--n-components: wanted an integer from 1 to 1024, got 0/],
    [['nmf', 'X.tsv', '-k', 'two'], /--n-components: wanted an integer from 1 to 1024, got "two"/],
    [['nmf', 'X.tsv', '--solver', 'cd'], /--solver: wanted one of hals, mu, newton, bpp, als, got "cd"/],
    [['nmf', 'X.tsv', '--beta-loss', '1'], /--beta-loss: solver 'hals' wants frobenius \(2\), got 1; use solver 'mu'/],
    [['nmf', 'X.tsv', '--precision', 'f16'], /--precision: wanted f32 or f64, got f16/],
    [['nmf', 'X.tsv', '--out', ''], /--out: wanted a path, got nothing/],
    [['nmf', 'X.tsv', '--checkpoint-every', '5'], /--checkpoint-every: wanted --checkpoint as well/],
    [['nmf', 'X.tsv', '--checkpoint', 'c', '--checkpoint-every', '0'], /--checkpoint-every: wanted an integer from 1/],
    [['nmf', 'X.tsv', 'Y.tsv'], /input: wanted one file or folder, got 2: X.tsv, Y.tsv/],
    [['transform'], /wanted a model and a file of rows, got 0 paths/],
    [['transform', 'm', 'X.tsv', '--out', 'W.txt'], /--out: wanted a name that ends in .csv or .npy, got W.txt/],
  ] as const) {
    const { status, stdout, stderr } = latens(args)
    assert.is(status, 2, `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, text)
    assert.match(stderr, /^latens: [^\n]+\n$/)
    assert.is(stdout, '')
  }
})

test.run()
