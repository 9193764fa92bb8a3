// What goes wrong around a fit: inputs, places that cannot be written, full disks, readers that leave.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Ended, folder, latens, shell } from './latens.js'

const garbage = Uint8Array.from({ length: 5000 }, (_, i) => (i * 167 + (i >> 3) * 91) & 255)
const wide = ['a,b,c,d', ...Array.from({ length: 900 }, (_, i) => [i % 7, i % 5, i % 3, (i * i) % 11].join(','))].join(
  '\n',
)
writeFileSync(join(folder, 'wide.csv'), wide)

function failed({ status, stdout, stderr }: Ended, text: RegExp): void {
  assert.is(status, 1, stderr)
  assert.match(stderr, text)
  assert.match(stderr, /^latens: [^\n]+\n$/)
  assert.is(stdout, '')
}

/** Everything in the folder and below it. */
const everything = (): string[] => readdirSync(folder, { recursive: true }).map(String).sort()

test('an input that is none is told in one line with its name', () => {
  writeFileSync(join(folder, 'bad.csv'), 'a,b\n1,2\n3,x\n')
  writeFileSync(join(folder, 'negative.csv'), 'a,b\n1,2\n3,-4\n')
  for (const name of ['garbage.csv', 'garbage.npy', 'garbage.mtx']) writeFileSync(join(folder, name), garbage)
  const before = everything()
  for (const [input, text] of [
    ['none.csv', /latens: none\.csv: no such file/],
    ['none.npy', /latens: none\.npy: no such file/],
    ['.', /latens: \.: wanted parts of one kind, got tables and \.mtx files \(garbage\.mtx\)/],
    ['bad.csv', /latens: bad\.csv: line 3, column 2: "x": wanted a number/],
    ['negative.csv', /X\[1, 1\] = -4: entries must be >= 0/],
    ['garbage.csv', /latens: garbage\.csv: .*wanted UTF-8 text/],
    ['garbage.npy', /latens: garbage\.npy: .*magic/],
    ['garbage.mtx', /latens: garbage\.mtx: /],
  ] as const)
    failed(latens(['nmf', input, '--out', 'never']), text)
  failed(latens(['nmf', '--out', 'never']), /latens: standard input: .*wanted a table, got nothing/)
  failed(latens(['nmf', '-', '--out', 'never'], garbage), /latens: standard input: .*wanted UTF-8 text/)
  assert.equal(everything(), before)
})

test('a place that cannot be made is refused before the fit, in time, and nothing is made on the way', () => {
  writeFileSync(join(folder, 'file'), 'mine')
  const before = everything()
  const places = [
    'file/results',
    'file/a/b/results',
    '/dev/null/results',
    ...(existsSync('/proc') ? ['/proc/x/y'] : []),
  ]
  for (const place of places) {
    // The input does not exist: a message about the place shows that nothing was read before it.
    for (const flag of ['--out', '--checkpoint']) {
      const started = performance.now()
      failed(latens(['nmf', 'none.csv', flag, place]), new RegExp(`${flag}: ${place}: cannot be written: [A-Z]+: `))
      assert.ok(performance.now() - started < 10_000)
    }
  }
  assert.equal(everything(), before)
})

test('folders above the results are made', () => {
  assert.is(latens(['nmf', 'X.tsv', '--max-iter', '2000', '--out', 'deep/er/results']).status, 0)
  assert.ok(existsSync(join(folder, 'deep/er/results/W.csv')))
  assert.equal(readdirSync(join(folder, 'deep')), ['er'])
})

test('a disk that is full half-way leaves no results, no temporary files and no new folders', () => {
  const before = everything()
  // The limit is on a file's size: the first table of results does not fit. SIGXFSZ ignored, the write fails as on a full disk.
  const limited = (line: string): Ended => shell(`trap '' XFSZ; ulimit -f 8; exec latens ${line}`)
  failed(
    limited('nmf wide.csv --tol 0 --max-iter 5 -k 4 --out new/folder/full'),
    /--out: .*W\.csv: cannot be written: E/,
  )
  failed(
    limited('nmf wide.csv --tol 0 --max-iter 5 -k 4 --checkpoint point --checkpoint-every 2 --out full'),
    /--checkpoint: point: cannot be written: E/,
  )
  assert.equal(everything(), before)
})

test('a full disk keeps the results that --force was to replace', () => {
  assert.is(latens(['nmf', 'X.tsv', '--max-iter', '2000', '--out', 'old']).status, 0)
  const before = readFileSync(join(folder, 'old/W.csv'), 'utf8')
  const names = everything()
  failed(
    shell(`trap '' XFSZ; ulimit -f 8; exec latens nmf wide.csv -k 4 --max-iter 5 --out old --force`),
    /cannot be written/,
  )
  assert.is(readFileSync(join(folder, 'old/W.csv'), 'utf8'), before)
  assert.equal(everything(), names)
})

test('a folder under the name of a result is no result, and --force leaves it', () => {
  mkdirSync(join(folder, 'odd/W.csv'), { recursive: true })
  failed(latens(['nmf', 'X.tsv', '--out', 'odd', '--force']), /odd holds W\.csv, no result of latens/)
  assert.ok(existsSync(join(folder, 'odd/W.csv')))
})

test('a reader that leaves early is no failure and gets no stack trace', () => {
  for (const line of [
    'nmf --help',
    'nmf X.tsv --max-iter 2000 --out gone',
    'transform gone/model.safetensors wide3.csv',
  ]) {
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i % 7},${i % 5},1`).join('\n')
    writeFileSync(join(folder, 'wide3.csv'), `a,b,c\n${rows}\n`)
    const { stdout, stderr } = shell(`{ latens ${line}; echo "exit $?" >&2; } | head -c 20`)
    assert.is(stdout.length, 20)
    assert.is(stderr, 'exit 0\n')
  }
})

test('output that cannot be written is a failure', () => {
  const text = /latens: standard output: cannot be written: E/
  failed(shell(`trap '' XFSZ; ulimit -f 0; latens nmf --help > none.txt`), text)
  // Where there is a device that is always full, also after results that could be written.
  if (existsSync('/dev/full')) failed(shell('latens nmf X.tsv --max-iter 2000 --json --out full > /dev/full'), text)
})

test.run()
