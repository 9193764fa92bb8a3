// Before any npm script: installs what the lock file names where it is not installed, and builds what is missing.
// Uses nothing but Node itself, and talks on stderr, so a script's stdout stays its own.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const hash = text => createHash('sha256').update(text).digest('hex')
const say = line => process.stderr.write(`latens: ${line}\n`)
const isStamped = (file, value) => existsSync(file) && readFileSync(file, 'utf8') === value

function install(folder) {
  const stamp = join(folder, 'node_modules/.latens-stamp')
  const wanted = hash(readFileSync(join(folder, 'package-lock.json')))
  if (isStamped(stamp, wanted)) return
  say(`installing packages${folder === '.' ? '' : ` of ${folder}`}`)
  const npm = process.env.npm_execpath
  const command = npm ? [process.execPath, [npm]] : ['npm', []]
  execFileSync(command[0], [...command[1], 'ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] })
  writeFileSync(stamp, wanted)
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap(entry => (entry.isDirectory() ? sources(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort()
}

function buildIfStale() {
  // Generated files are left out: writing them would make every build look stale.
  const generated = new Set([join('assembly', 'index.ts'), join('bindings', 'kernels.ts')])
  const files = ['assembly', 'bindings', 'src', 'cli'].flatMap(sources).filter(file => !generated.has(file))
  files.push('asconfig.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json')
  files.push('scripts/build.mjs', 'scripts/kernels.mjs')
  const wanted = hash(files.map(file => `${file}\0${hash(readFileSync(file))}`).join('\n'))
  const stamp = 'dist/.stamp'
  if (isStamped(stamp, wanted)) return
  say('building')
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 2, 2] })
  writeFileSync(stamp, wanted)
}

install('.')
if (process.argv.includes('--hosts')) install('test/hosts')
if (process.argv.includes('--peers')) install('bench/peers')
if (!process.argv.includes('--no-build')) buildIfStale()
