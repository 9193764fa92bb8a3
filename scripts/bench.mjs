// npm run bench [-- name]: every file of bench/, one after another, or the ones named.
import { execFileSync } from 'node:child_process'

// The JavaScript peers have a lock file of their own, installed on first use.
execFileSync(process.execPath, ['scripts/prepare.mjs', '--no-build', '--peers'], { stdio: 'inherit' })
const all = [
  'kernels',
  'gemm',
  'nmf',
  'kl',
  'warm-up',
  'scaling',
  'pauses',
  'fast',
  'threads',
  'svd',
  'joint',
  'integrative',
  'rank-choice',
  'leukaemia',
  'mask',
  'deconvolution',
  'als',
  'completion',
]
const given = process.argv.slice(2)
const flags = given.findIndex(word => word.startsWith('--'))
const [named, rest] = flags < 0 ? [given, []] : [given.slice(0, flags), given.slice(flags)]
// Data that one of them alone reads say which.
const chosen = named.length === 0 && rest.includes('--movielens') ? ['als'] : named
for (const name of chosen.length ? all.filter(n => chosen.includes(n)) : all) {
  console.log(`== ${name}`)
  execFileSync(process.execPath, [`bench/${name}.mjs`, ...rest], { stdio: 'inherit' })
}
