/** Whether this is Node itself: Bun and Deno answer to its names too. */
export function inNode(): boolean {
  const host = globalThis as { process?: { versions?: { node?: string } }; Bun?: unknown; Deno?: unknown }
  return host.process?.versions?.node !== undefined && host.Bun === undefined && host.Deno === undefined
}

/** A module of Node's own, by a name that bundlers for the web do not follow. */
export const builtin = (name: string): Promise<unknown> =>
  import(/* @vite-ignore */ /* webpackIgnore: true */ `node:${name}`)
