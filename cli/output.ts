import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** Refuses to replace what exists, before any work is done. */
export function checkFree(folder: string, force: boolean): void {
  if (existsSync(folder) && !force) throw new Error(`--out: ${folder} exists; --force replaces it`)
}

/** Writes all files or none: into a temporary folder beside the target, which then takes its name. */
export function writeFolder(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  const target = resolve(folder)
  mkdirSync(dirname(target), { recursive: true })
  const temporary = mkdtempSync(join(dirname(target), `.${basename(target)}-`))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(temporary, name), content)
    rmSync(target, { recursive: true, force: true })
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw error
  }
}
