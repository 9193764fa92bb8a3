// npm run bench [-- name]: every file of bench/, one after another, or the ones named.
import { execFileSync } from 'node:child_process'

const all = ['kernels', 'nmf']
const chosen = process.argv.slice(2)
for (const name of chosen.length ? all.filter(n => chosen.includes(n)) : all) {
  console.log(`== ${name}`)
  execFileSync(process.execPath, [`bench/${name}.mjs`], { stdio: 'inherit' })
}
