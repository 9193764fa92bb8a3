// Text in figures that nothing measures: widths are estimated, numbers get the digits that tell them apart.

export const escape = (text: string): string => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

/** About how wide a character is in a 12 px sans-serif font; on the wide side. */
function characterWidth(c: string): number {
  if (c >= '\u2e80') return 12.5
  if (/[A-Zmw@%&_]/.test(c)) return 9
  return /[iljtf.,:;'|! ]/.test(c) ? 4.5 : 7.6
}

/** About how wide a text is there. */
export const widthOf = (text: string): number => Array.from(text).reduce((sum, c) => sum + characterWidth(c), 0)

/** The name, its middle left out where it is wider than `width`: names that begin alike often end differently. */
export function clip(name: string, width: number): string {
  const letters = Array.from(name)
  const widths = letters.map(characterWidth)
  const total = widths.reduce((sum, w) => sum + w, 0)
  if (total <= width) return name
  let [head, tail] = [0, letters.length]
  for (let room = width - 12; ;) {
    const fromHead = head <= letters.length - tail
    room -= (fromHead ? widths[head] : widths[tail - 1]) ?? 0
    if (room < 0) break
    if (fromHead) head++
    else tail--
  }
  return `${letters.slice(0, head).join('')}…${letters.slice(tail).join('')}`
}

/** An axis' numbers with as many digits as tell its ends apart. */
export function tickText(value: number, low: number, high: number): string {
  const size = Math.max(Math.abs(low), Math.abs(high))
  const digits = Math.min(9, Math.max(3, Math.ceil(Math.log10(size / (high - low || size)) || 0) + 3))
  if (value === 0) return '0'
  const short = Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6 && digits < 7
  return short ? String(Number(value.toPrecision(digits))) : value.toExponential(digits - 1)
}
