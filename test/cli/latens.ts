// A folder of its own for a test file, and the command line run in it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const folder = mkdtempSync(join(tmpdir(), 'latens-cli-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

export const cli = resolve('dist/cli.js')

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export const latens = (args: readonly string[], input: string | Uint8Array = ''): Ended =>
  spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8', input, timeout: 60_000 })

/** A shell's line in the folder; `latens` in it is the command. */
export const shell = (line: string): Ended =>
  spawnSync('sh', ['-c', line.replaceAll('latens ', `'${process.execPath}' '${cli}' `)], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  })

export const table = 'name\ta\tb\tc\nr1\t1\t2\t3\nr2\t2\t4\t6\nr3\t3\t1\t2\nr4\t0\t5\t1\n'
writeFileSync(join(folder, 'X.tsv'), table)
