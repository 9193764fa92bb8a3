// Small SVG figures as strings. Coordinates are rounded to a tenth of a pixel to keep the file short.
import { clip, escape, tickText } from './text.js'

const px = (x: number): string => String(Math.round(x * 10) / 10)
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const
export const colour = (i: number): string => COLOURS[i % COLOURS.length] ?? '#000000'

export const shade = (v: number): string => {
  const s = Math.round(255 - 215 * Math.min(1, Math.max(0, v)))
  return `rgb(${s},${Math.round(s * 0.9 + 20)},${Math.min(255, s + 40)})`
}

/** rows x columns of values from 0 to `top`, one cell each, named on both sides. `room` is the cells' width together,
 *  as long as each can hold its number. */
export function heatMap(
  values: readonly (readonly number[])[],
  rowNames: readonly string[],
  columnNames: readonly string[],
  { top: most, room }: { top: number; room: number },
): string {
  const digits = Math.max(...columnNames.map(name => name.length))
  const [left, top, height] = [190, 24, 18]
  const width = Math.min(140, Math.max(6 + 8 * digits, room / columnNames.length))
  const [w, h] = [left + columnNames.length * width, top + values.length * height]
  const cells = values.flatMap((row, i) =>
    row.map((v, j) => {
      const fill = shade(v / most)
      if (fill === shade(0)) return ''
      const title = `${rowNames[i] ?? ''}, ${columnNames[j] ?? ''}: ${v.toFixed(3)}`
      return `<rect x="${px(left + j * width)}" y="${top + i * height}" width="${px(width - 1)}" height="${height - 1}" fill="${fill}"><title>${escape(title)}</title></rect>`
    }),
  )
  const names = rowNames.map(
    (n, i) =>
      `<text x="${left - 6}" y="${top + i * height + 13}" text-anchor="end">${escape(clip(n, left - 10))}<title>${escape(n)}</title></text>`,
  )
  const heads = columnNames.map(
    (n, j) => `<text x="${px(left + (j + 0.5) * width)}" y="16" text-anchor="middle">${escape(n)}</text>`,
  )
  const ground = `<rect x="${left}" y="${top}" width="${px(w - left)}" height="${h - top}" fill="${shade(0)}"/>`
  return `<svg viewBox="0 0 ${px(w)} ${h}" width="${px(w)}" height="${h}" role="img">${heads.join('')}${names.join('')}${ground}${cells.join('')}</svg>`
}

export type Series = readonly { x: number; y: number }[]

/** What the vertical axis spans: all values by their logarithms where those after each curve's fifth fall a
 *  hundredfold, else the values from the fifth on, as the first ones would press the rest flat. */
export function axis(series: readonly Series[]): { low: number; high: number; log: boolean } {
  const late = series.flatMap(s => s.slice(Math.min(4, s.length - 1))).map(p => p.y)
  const [low, high] = [Math.min(...late), Math.max(...late)]
  if (!(low > 0 && high > 100 * low)) return { low, high, log: false }
  const all = series.flat().map(p => p.y)
  return { low: Math.min(...all), high: Math.max(...all), log: true }
}

/** Curves over iterations; the one at `kept` stands out. */
export function curves(series: readonly Series[], kept: number, yTitle: string): string {
  const { low, high, log } = axis(series)
  const scale = log ? Math.log10 : (y: number): number => y
  const [bottom, span] = [scale(low), high > low ? scale(high) - scale(low) : Math.abs(high) || 1]
  const x1 = Math.max(1, ...series.flat().map(p => p.x))
  const [left, top, width, height] = [120, 10, 560, 240]
  const X = (x: number): string => px(left + (x / x1) * width)
  const Y = (y: number): string => px(top + height * (1 - Math.min(1, Math.max(0, (scale(y) - bottom) / span))))
  const line = (s: Series, i: number): string =>
    `<polyline fill="none" stroke="${i === kept ? colour(1) : '#9ab'}" stroke-width="${i === kept ? 2.5 : 1}" points="${s.map(p => `${X(p.x)},${Y(p.y)}`).join(' ')}"/>`
  const order = series.map((_, i) => i).filter(i => i !== kept)
  const ticks = (high > low ? [0, 0.25, 0.5, 0.75, 1] : [0]).map(t => {
    const y = log ? 10 ** (bottom + t * span) : low + t * span
    const text = log ? y.toExponential(1) : tickText(y, low, high)
    const at = px(top + height * (1 - t))
    return `<text x="${left - 6}" y="${Number(at) + 4}" text-anchor="end">${escape(text)}</text><line x1="${left}" x2="${left + width}" y1="${at}" y2="${at}" stroke="#e5e5e5"/>`
  })
  const xs = [...new Set([0, Math.round(x1 / 2), x1])].map(
    x => `<text x="${X(x)}" y="${top + height + 18}" text-anchor="middle">${x}</text>`,
  )
  return `<svg viewBox="0 0 710 300" width="710" height="300" role="img">${ticks.join('')}${xs.join('')}${[...order, kept].map(i => line(series[i] ?? [], i)).join('')}<text x="${left + width / 2}" y="${top + height + 38}" text-anchor="middle">iteration</text><text transform="translate(14 ${top + height / 2}) rotate(-90)" text-anchor="middle">${escape(yTitle)}</text></svg>`
}

/** Named bars, longest first as given. */
export function bars(items: readonly { name: string; value: number }[], fill: string): string {
  const top = Math.max(...items.map(item => item.value), 0) || 1
  const rows = items.map(
    ({ name, value }, i) =>
      `<text x="150" y="${i * 20 + 14}" text-anchor="end">${escape(clip(name, 146))}<title>${escape(name)}</title></text><rect x="156" y="${i * 20 + 3}" width="${px((value / top) * 130)}" height="14" fill="${fill}"><title>${escape(value.toPrecision(4))}</title></rect>`,
  )
  return `<svg viewBox="0 0 300 ${items.length * 20}" width="300" height="${items.length * 20}" role="img">${rows.join('')}</svg>`
}
