import { randomUUID } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

const RESULTS = ['W.csv', 'H.csv', 'W.npy', 'H.npy', 'model.safetensors', 'report.html']

// lstat: a link that leads nowhere is in the way as well.
const entry = (path: string) => lstatSync(path, { throwIfNoEntry: false })

/** Refuses to replace what exists, before any work is done. */
export function checkFree(folder: string, force: boolean): void {
  const found = entry(resolve(folder))
  if (!found) return
  if (!force) throw new Error(`--out: ${folder} exists; --force replaces it`)
  // Replacing removes the folder: a slip such as `--out . --force` must not take the user's own files with it.
  if (!found.isDirectory())
    throw new Error(`--out: ${folder} is not a folder; --force replaces folders of results only`)
  const foreign = readdirSync(folder).find(name => !RESULTS.includes(name))
  if (foreign !== undefined)
    throw new Error(`--out: ${folder} holds ${foreign}, no result of latens; --force replaces folders of results only`)
}

/** Writes all files or none: into a temporary folder beside the target, which then takes its name. */
export function writeFolder(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  const target = resolve(folder)
  const temporary = join(dirname(target), `.${basename(target)}-${randomUUID()}`)
  const old = `${temporary}-old`
  mkdirSync(temporary, { recursive: true }) // not mkdtemp, whose folders no one else may read
  let moved = false
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(temporary, name), content)
    if (entry(target)) {
      renameSync(target, old)
      moved = true
    }
    renameSync(temporary, target)
  } catch (error) {
    if (moved) renameSync(old, target)
    rmSync(temporary, { recursive: true, force: true })
    throw error
  }
  if (moved) {
    // By name and not recursively: what came into the folder during the fit is not ours to delete.
    for (const name of RESULTS) rmSync(join(old, name), { force: true })
    rmdirSync(old)
  }
}
