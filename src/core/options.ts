// Options of an estimator, described once: the description gives validation, CLI flags, the docs table and tests.

export type OptionSpec =
  | { readonly type: 'integer' | 'number'; readonly min: number; readonly max: number; readonly default: number | null }
  | { readonly type: 'boolean'; readonly default: boolean }
  | { readonly type: 'choice'; readonly choices: readonly string[]; readonly default: string }
  | {
      readonly type: 'custom'
      readonly default: unknown
      /** What it takes, in the few words a help text has room for. */
      readonly values: string
      /** It is no text, and has no flag. */
      readonly object?: boolean
      /** What a flag's text stands for; by default itself, or the number it is. */
      parse?(text: string): unknown
      check(where: string, value: unknown): void
    }
export type OptionSpecs<O = Record<string, unknown>> = { readonly [name in keyof O]: OptionSpec }

/** A sentence for each option, apart from the specs: who only fits does without. */
export type OptionDocs<O> = { readonly [name in keyof O]: string }

/** Checked options with defaults filled in, frozen. Throws TypeError or RangeError naming estimator and option. */
export function resolveOptions<O>(estimator: string, specs: OptionSpecs<O>, given: unknown): Readonly<O> {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw new TypeError(`${estimator}: options: wanted an object, got ${show(given)}`)
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(specs, name)) continue
    throw new RangeError(
      `${estimator}: option ${name} is not known; did you mean ${nearest(name, Object.keys(specs))}?`,
    )
  }
  const result: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries<OptionSpec>(specs)) {
    const value = (given as Record<string, unknown>)[name]
    if (value !== undefined) check(`${estimator}: ${name}`, spec, value)
    result[name] = value === undefined ? spec.default : value
  }
  return Object.freeze(result) as Readonly<O>
}

function check(where: string, spec: OptionSpec, value: unknown): void {
  if (spec.type === 'custom') return spec.check(where, value)
  if (spec.type === 'boolean') {
    if (typeof value !== 'boolean') throw new TypeError(`${where}: wanted true or false, got ${show(value)}`)
    return
  }
  if (spec.type === 'choice') {
    if (typeof value !== 'string')
      throw new TypeError(`${where}: wanted one of ${spec.choices.join(', ')}, got ${show(value)}`)
    if (!spec.choices.includes(value)) {
      throw new RangeError(`${where}: wanted one of ${spec.choices.join(', ')}, got ${show(value)}`)
    }
    return
  }
  if (value === null && spec.default === null) return
  const wanted = `${spec.type === 'integer' ? 'an integer' : 'a number'} from ${spec.min} to ${spec.max}`
  if (typeof value !== 'number') throw new TypeError(`${where}: wanted ${wanted}, got ${show(value)}`)
  const inside = value >= spec.min && value <= spec.max && (spec.type === 'number' || Number.isInteger(value))
  if (!inside) throw new RangeError(`${where}: wanted ${wanted}, got ${show(value)}`)
}

/** A value as an error message shows it: short, and never throwing. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return String(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  return typeof value === 'object' ? `an object (${value.constructor?.name ?? 'null prototype'})` : `a ${typeof value}`
}

/** The one of `known` with the fewest edits from `name`, letters' case aside; the first among equals. */
export function nearest(name: string, known: readonly string[]): string {
  const distances = known.map(candidate => editDistance(name.toLowerCase(), candidate.toLowerCase()))
  return known[distances.indexOf(Math.min(...distances))] ?? ''
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
