// npm start: the demonstration, as the command line runs it.
import { spawnSync } from 'node:child_process'

const { status } = spawnSync(process.execPath, ['dist/cli.js', 'demo', '--force', ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exit(status ?? 1)
