// Who may import whom: DESIGN section 1. A climb or a cycle fails.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const list = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory()
      ? list(join(folder, entry.name))
      : entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts')
        ? [join(folder, entry.name)]
        : [],
  )

const FAMILIES = ['factorization', 'topics', 'archetypes', 'deconvolution', 'neural', 'frames', 'io']

/** The layer of a file, and the family that no other family may import. */
function layer(file: string): { level: number; family?: string } {
  const [top = '', second = ''] = file.split('/')
  if (top === 'assembly') return { level: 0 }
  if (file === 'src/core/errors.ts') return { level: 0.5 } // bindings throw the library's own errors
  if (top === 'bindings') return { level: 1 }
  if (top === 'cli') return { level: 6 }
  if (second === 'core') return { level: 2 }
  if (FAMILIES.includes(second)) return { level: 3, family: second }
  if (['report', 'shard', 'pipelines'].includes(second)) return { level: 4, family: second }
  return { level: 5 }
}

function imports(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)[^'"]*?from '(\.[^']+)'/gms)].map(
    ([, path = '']) => {
      const target = normalize(join(dirname(file), path)).replace(/\.js$/, '.ts')
      return target.endsWith('.ts') ? target : `${target}.ts`
    },
  )
}

const files = ['assembly', 'bindings', 'src', 'cli'].flatMap(list)

test('no file imports from a layer above its own, nor a family from another', () => {
  const climbs: string[] = []
  let edges = 0
  for (const file of files) {
    for (const target of imports(file)) {
      edges++
      const [from, to] = [layer(file), layer(target)]
      if (to.level > from.level || (to.level === from.level && from.family !== to.family))
        climbs.push(`${file} -> ${target}`)
    }
  }
  assert.ok(edges > 20)
  assert.equal(climbs, [])
})

test('imports make no cycle', () => {
  const done = new Set<string>()
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) throw new Error(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`)
    if (done.has(file) || !files.includes(file)) return
    for (const target of imports(file)) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  assert.is(done.size, files.length)
})

test('the command line imports the published entry points alone', () => {
  for (const file of files.filter(f => f.startsWith('cli/'))) {
    for (const target of imports(file)) assert.ok(target.startsWith('cli/'), `${file} -> ${target}`)
  }
})

test('outside assembly no host transcendental, no Math.random, no clock but in pacing and deadlines', () => {
  const allowed = new Set([
    'bindings/reference.ts',
    'bindings/reference-row.ts',
    'src/core/pace.ts',
    'src/shard/seat.ts',
    'src/shard/serve.ts',
  ])
  const forbidden = /Math\.(?:exp|log|pow|sin|cos|tan|tanh|log1p|expm1|random|cbrt|hypot)\b|Date\.now|performance\.now/
  for (const file of files.filter(f => !f.startsWith('cli/') && !f.startsWith('src/report/') && !allowed.has(f))) {
    assert.not.match(readFileSync(file, 'utf8'), forbidden, file)
  }
})

test.run()
