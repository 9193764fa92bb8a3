// The report as a page: bounded, legible, nothing outside its figures. And the demonstration that shows it.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dense, Metagenes, NMF, NmfModel } from 'latens'
import { metagenesReport, nmfReport } from 'latens/report'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { folder, latens } from './latens.js'

const numbered = (count: number, name: string): string[] => Array.from({ length: count }, (_, i) => `${name} ${i + 1}`)

/** A model of made-up factors: what is drawn does not ask whether they fit anything. */
function model(n: number, m: number, k: number): NmfModel {
  const made = (length: number): Float64Array => Float64Array.from({ length }, (_, p) => ((p * 7919) % 1009) / 1009)
  const end = { loss: 1, objective: 1, converged: true, nIter: 3, fast: false, trace: [3, 2, 1] }
  const fit = { ...end, W: made(n * k), H: made(k * m) }
  return new NmfModel(new NMF({ nComponents: k }).options, [n, m], fit)
}

const report = (n: number, m: number, k: number, more: Partial<Parameters<typeof nmfReport>[0]> = {}): string =>
  nmfReport({
    title: 'T',
    model: model(n, m, k),
    rowNames: numbered(n, 'row'),
    columnNames: numbered(m, 'column'),
    ...more,
  })

/** The texts of a page's figures with their anchors. */
const texts = (page: string): string[] => [...page.matchAll(/<text [^>]*>([^<]*)/g)].map(match => match[1] ?? '')

test('a page stays below 2 MB whatever the sizes, and says what it leaves out', () => {
  for (const [n, m, k] of [
    [3, 3, 1],
    [1000, 50, 30],
    [300, 40, 1024],
    [20_000, 4, 3],
  ] as const) {
    const page = report(n, m, k)
    assert.ok(page.length < 2e6, `${n} x ${m}, k = ${k}: ${page.length}`)
    assert.is(page.includes(' rows shown'), n > 200)
    assert.is(page.includes('The 60 components with the largest shares are shown'), k > 60)
    assert.is((page.match(/<h3>component /g) ?? []).length, Math.min(k, 60))
  }
})

test('long names that begin alike stay apart and fit their margin; whole names are in the page', () => {
  const rowNames = numbered(12, 'a sample whose name is far too long for the margin of a figure, number')
  const page = report(12, 3, 2, { rowNames })
  const shown = texts(page).filter(text => text.startsWith('a sample'))
  assert.is(new Set(shown).size, 12)
  for (const text of shown) assert.ok(text.length < 32, text)
  for (const name of rowNames) assert.ok(page.includes(name))
  const wide = texts(report(12, 3, 2, { rowNames: numbered(12, '試料の名前はとても長いので余白に収まりません') }))
  assert.ok(wide.filter(text => text.startsWith('試')).every(text => text.length < 20))
})

test('the loss axis: numbers apart from each other and short, logarithmic where the fall is steep', () => {
  const curve = (of: (i: number) => number, length = 40) => [
    Array.from({ length }, (_, i) => ({ iter: i + 1, loss: of(i) })),
  ]
  for (const [of, log] of [
    [(i: number) => 10 ** -i, true],
    [(i: number) => 1e7 + 100 / (i + 1), false],
    [(i: number) => 5e-6 / (i + 1) + 1e-6, false],
    [(i: number) => 1e300 / (i + 1), false],
    [(i: number) => Math.max(0, 3 - i), false],
    [() => 7, false],
    [() => 0, false],
  ] as const) {
    const page = report(3, 3, 2, { restarts: curve(of), kept: 0 })
    assert.is(page.includes('The vertical axis is logarithmic'), log)
    assert.not.match(page, /NaN|Infinity/)
    const ticks = [...page.matchAll(/<text x="114" [^>]*>([^<]*)/g)].map(match => match[1] ?? '')
    assert.ok(ticks.length > 0)
    assert.is(new Set(ticks).size, ticks.length, ticks.join(' '))
    for (const tick of ticks) assert.ok(tick.length <= 14, tick)
  }
  for (const length of [1, 2, 3, 7]) {
    const page = report(3, 3, 2, { restarts: curve(i => 9 - i, length), kept: 0 })
    const iterations = [...page.matchAll(/<text [^>]*y="268"[^>]*>(\d+)/g)].map(match => match[1])
    assert.is(new Set(iterations).size, iterations.length, iterations.join(' '))
    assert.is(iterations.at(-1), String(length))
  }
})

test('one start is no list of restarts', () => {
  const page = report(3, 3, 2, { restarts: [[{ iter: 1, loss: 1 }]], kept: 0 })
  assert.match(page, '<h2>Loss</h2>')
  assert.not.match(page, 'other restarts')
})

test('the page of metagenes stays below 4 MB and draws so many rows that they can be told apart', async () => {
  for (const n of [5, 60, 900]) {
    const X = dense(
      Float64Array.from({ length: n * 6 }, (_, p) => ((p * 7919) % 1009) / 1009),
      [n, 6],
    )
    const found = await new Metagenes({ maxComponents: 4, nInit: 4, maxIter: 4 }).fit(X)
    const page = metagenesReport({
      title: 'T',
      model: found,
      rowNames: numbered(n, 'row'),
      columnNames: numbered(6, 'column'),
    })
    assert.ok(page.length < 4e6, `${n}: ${page.length}`)
    assert.not.match(page, /NaN|Infinity|undefined/)
    assert.is(page.includes('Of 900 rows one in 4 is shown'), n === 900)
    assert.is((page.match(/<h3>rank \d/g) ?? []).length, 3)
    for (const { nComponents } of found.ranks) assert.match(page, `<h3>rank ${nComponents}</h3>`)
    assert.match(page, `Rank ${found.chosen.nComponents} is chosen`)
  }
})

const QUICK = ['demo', '--n-init', '1', '--max-iter', '20']

test('the demonstration tells the table, exits 3 where it did not converge, and its report shows the classes', () => {
  const { status, stdout, stderr } = latens([...QUICK, '--out', 'demo'])
  assert.is(status, 3, stderr)
  assert.match(stdout, /ALL-B .*\nALL-T .*\nAML /)
  // One start agrees with itself at every rank: the largest is chosen.
  assert.match(stdout, /^rank +loss +cophenetic +dispersion .*\n( +[2-5] .*\n){4}rank 5 is chosen/m)
  assert.match(stdout, /after 20 iterations \(not converged: raise --max-iter\); figures in demo\/report\.html/)
  const page = readFileSync(join(folder, 'demo/report.html'), 'utf8')
  for (const name of ['ALL-B: ALL_19769_B-cell', 'ALL-T: ALL_16415_T-cell', 'AML: AML_12'])
    assert.ok(texts(page).includes(name), name)
  assert.is(latens([...QUICK, '--tol', '1', '--out', 'loose']).status, 0)
})

test('the demonstration by hold-out: its losses are in the table, the report has both choices', () => {
  const flags = ['--choice', 'holdOut', '--hold-out-masks', '2', '--hold-out-init', '1', '--out', 'held']
  const { status, stdout, stderr } = latens([...QUICK, ...flags])
  assert.is(status, 3, stderr)
  assert.match(stdout, /^rank .* hold-out +features$/m)
  const [, k] = /^rank (\d) is chosen: .*mean loss over what 2 masks hold out/m.exec(stdout) ?? []
  assert.ok(k, stdout)
  const page = readFileSync(join(folder, 'held/report.html'), 'utf8')
  assert.match(page, `Rank ${k} is chosen: `)
  assert.match(page, 'By agreement it would be rank 5: ')
  assert.match(page, '2 masks, of each the best of 1 starts.')
  assert.match(page, '<th>hold-out</th>')
})

test('the demonstration with --json prints one object, with --quiet nothing', () => {
  const { status, stdout } = latens([...QUICK, '--json', '--out', 'json'])
  assert.is(status, 3)
  const { converged, nComponents, ranks, out } = JSON.parse(stdout) as Record<string, unknown>
  assert.equal({ converged, out }, { converged: false, out: 'json' })
  assert.equal(
    (ranks as { nComponents: number }[]).map(rank => rank.nComponents),
    [2, 3, 4, 5],
  )
  assert.ok([2, 3, 4, 5].includes(nComponents as number))
  const quiet = latens([...QUICK, '--quiet', '--out', 'quiet'])
  assert.equal(quiet, { ...quiet, status: 3, stdout: '', stderr: '' })
  assert.ok(existsSync(join(folder, 'quiet/W.csv')))
})

test.run()
