import { randomUUID } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { RESULTS } from './estimators.js'

/** What stands at the path: a link itself, as one that leads nowhere is in the way as well. */
export const entryAt = (flag: string, path: string) =>
  told(flag, path, () => lstatSync(path, { throwIfNoEntry: false }))

/** Refuses, before any work is done, to replace what exists and to begin what could not be written. */
export function checkFolder(folder: string, force: boolean): void {
  checkFree(folder, force)
  told('--out', folder, () => tryBeside(firstNew(resolve(folder))))
}

/** Refuses a checkpoint where the folder of results will be: that is replaced as a whole. */
export function checkApart(checkpoint: string, folder: string): void {
  const [file, target] = [resolve(checkpoint), resolve(folder)]
  if (file === target || file.startsWith(target + sep) || target.startsWith(file + sep))
    throw new Error(`--checkpoint: wanted a file outside of --out ${folder}, got ${checkpoint}`)
}

/** Refuses to replace what exists. */
export function checkFree(folder: string, force: boolean): void {
  const found = entryAt('--out', folder)
  if (!found) return
  if (!force) throw new Error(`--out: ${folder} exists; --force replaces it`)
  // Replacing removes the folder: a slip such as `--out . --force` must not take the user's own files with it.
  if (!found.isDirectory())
    throw new Error(`--out: ${folder} is not a folder; --force replaces folders of results only`)
  const entries = told('--out', folder, () => readdirSync(folder, { withFileTypes: true }))
  const foreign = entries.find(item => !RESULTS.has(item.name) || item.isDirectory())
  if (foreign !== undefined)
    throw new Error(
      `--out: ${folder} holds ${foreign.name}, no result of latens; --force replaces folders of results only`,
    )
}

/** Writes all files or none: into a temporary folder beside the target, which then takes its name. */
export function writeFolder(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  const target = resolve(folder)
  const temporary = join(dirname(target), `.${basename(target)}-${randomUUID()}`)
  const old = `${temporary}-old`
  const parents: string[] = []
  let moved = false
  let at = temporary
  try {
    makeFolders(dirname(target), parents)
    mkdirSync(temporary) // not mkdtemp, whose folders no one else may read
    for (const [name, content] of Object.entries(files)) {
      at = join(target, name)
      writeFileSync(join(temporary, name), content, { flush: true })
    }
    at = target
    if (lstatSync(target, { throwIfNoEntry: false })) {
      renameSync(target, old)
      moved = true
    }
    renameSync(temporary, target)
  } catch (error) {
    if (moved) renameSync(old, target)
    rmSync(temporary, { recursive: true, force: true })
    for (const made of parents.reverse()) rmdirSync(made)
    throw unwritable('--out', at, error)
  }
  if (moved) {
    // By name and not recursively: what came into the folder during the fit is not ours to delete.
    for (const name of RESULTS) rmSync(join(old, name), { force: true })
    rmdirSync(old)
  }
}

/** Writes the file or leaves it as it was: beside it, then under its name. The name beside it is always the same, so
 *  what a killed process left is written over. */
export function replaceFile(flag: string, path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.part`)
  try {
    writeFileSync(temporary, content, { flush: true })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw unwritable(flag, path, error)
  }
}

/** Throws where nothing can be made beside `path`, and leaves nothing there. */
export function probe(flag: string, path: string): void {
  told(flag, path, () => tryBeside(resolve(path)))
}

function tryBeside(path: string): void {
  const trial = join(dirname(path), `.latens-${randomUUID()}`)
  mkdirSync(trial)
  rmdirSync(trial)
}

// The outermost folder that is not there yet, or the path itself: what would be made first.
function firstNew(path: string): string {
  const parent = dirname(path)
  return parent === path || statSync(parent, { throwIfNoEntry: false }) ? path : firstNew(parent)
}

// One level at a time: Node's own recursive mode never returns under /proc. `made` gets what is new, outermost first.
function makeFolders(path: string, made: string[]): void {
  if (statSync(path, { throwIfNoEntry: false })) return
  if (dirname(path) !== path) makeFolders(dirname(path), made)
  mkdirSync(path)
  made.push(path)
}

function told<T>(flag: string, path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw unwritable(flag, path, error)
  }
}

// Of Node's message without the call and its path, which may be a temporary one.
const unwritable = (flag: string, path: string, error: unknown): Error =>
  new Error(`${flag}: ${path}: cannot be written: ${(error as Error).message.split(', ')[0]}`, { cause: error })
