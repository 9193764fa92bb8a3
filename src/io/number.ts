// How numbers are spelled in text formats: one grammar in, the shortest spelling that reads back to the same bits out.

// One way to match each text: `\d+\.?\d*` would try every split of a long run of digits.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/i

/** The number that `text` spells: decimal, Inf or Infinity, NaN (any case); spaces around it do not count.
 *  undefined for all else, hexadecimal, blank text and decimals beyond the largest double among it. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim()
  if (DECIMAL.test(trimmed)) {
    const value = Number(trimmed)
    return Number.isFinite(value) ? value : undefined
  }
  const [, sign, word] = SPECIAL.exec(trimmed) ?? []
  if (word === undefined) return undefined
  if (word.toLowerCase() === 'nan') return NaN
  return sign === '-' ? -Infinity : Infinity
}

/** The shortest text that parseNumber (and a rounding to f32 where `single`) turns back into the same value.
 *  The sign of zero is kept; NaN, Inf and -Inf are spelled as R and NumPy read them. */
export function formatNumber(value: number, single: boolean): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  if (!single) return String(value)
  // Nine significant digits always suffice for a float; six often do.
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(Number(value.toPrecision(9)))
}
