// Small SVG figures as strings. Coordinates are rounded to a tenth of a pixel to keep the file short.

export const escape = (text: string): string => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

const px = (x: number): string => String(Math.round(x * 10) / 10)
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const
export const colour = (i: number): string => COLOURS[i % COLOURS.length] ?? '#000000'

/** rows x columns of values in 0..1, one cell each, named on both sides. */
export function heatMap(
  values: readonly (readonly number[])[],
  rowNames: readonly string[],
  columnNames: readonly string[],
): string {
  const [left, top, width, height] = [190, 24, Math.max(60, 420 / columnNames.length), 18]
  const cells = values.flatMap((row, i) =>
    row.map((v, j) => {
      const shade = Math.round(255 - 215 * Math.min(1, Math.max(0, v)))
      const title = `${rowNames[i] ?? ''}, ${columnNames[j] ?? ''}: ${v.toFixed(3)}`
      return `<rect x="${px(left + j * width)}" y="${top + i * height}" width="${px(width - 1)}" height="${height - 1}" fill="rgb(${shade},${Math.round(shade * 0.9 + 20)},${Math.min(255, shade + 40)})"><title>${escape(title)}</title></rect>`
    }),
  )
  const names = rowNames.map(
    (n, i) => `<text x="${left - 6}" y="${top + i * height + 13}" text-anchor="end">${escape(n)}</text>`,
  )
  const heads = columnNames.map(
    (n, j) => `<text x="${px(left + (j + 0.5) * width)}" y="16" text-anchor="middle">${escape(n)}</text>`,
  )
  const [w, h] = [left + columnNames.length * width, top + values.length * height]
  return `<svg viewBox="0 0 ${px(w)} ${h}" width="${px(w)}" height="${h}" role="img">${heads.join('')}${names.join('')}${cells.join('')}</svg>`
}

/** Curves over iterations; the one at `kept` stands out. The vertical axis spans the values from each curve's fifth on. */
export function curves(series: readonly (readonly { x: number; y: number }[])[], kept: number, yTitle: string): string {
  const points = series.flat()
  const late = series.flatMap(s => s.slice(Math.min(4, s.length - 1)))
  const [x1, low, high] = [
    Math.max(1, ...points.map(p => p.x)),
    Math.min(...late.map(p => p.y)),
    Math.max(...late.map(p => p.y)),
  ]
  const span = high > low ? high - low : Math.abs(high) || 1
  const [left, top, width, height] = [90, 10, 560, 240]
  const X = (x: number): string => px(left + (x / x1) * width)
  const Y = (y: number): string => px(top + height * (1 - Math.min(1, Math.max(0, (y - low) / span))))
  const line = (s: readonly { x: number; y: number }[], i: number): string =>
    `<polyline fill="none" stroke="${i === kept ? colour(1) : '#9ab'}" stroke-width="${i === kept ? 2.5 : 1}" points="${s.map(p => `${X(p.x)},${Y(p.y)}`).join(' ')}"/>`
  const order = series.map((_, i) => i).filter(i => i !== kept)
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(t => {
    const y = low + t * span
    return `<text x="${left - 6}" y="${Number(Y(y)) + 4}" text-anchor="end">${escape(y.toPrecision(5))}</text><line x1="${left}" x2="${left + width}" y1="${Y(y)}" y2="${Y(y)}" stroke="#e5e5e5"/>`
  })
  const xs = [0, 0.5, 1].map(
    t => `<text x="${X(t * x1)}" y="${top + height + 18}" text-anchor="middle">${Math.round(t * x1)}</text>`,
  )
  return `<svg viewBox="0 0 680 300" width="680" height="300" role="img">${ticks.join('')}${xs.join('')}${[...order, kept].map(i => line(series[i] ?? [], i)).join('')}<text x="${left + width / 2}" y="${top + height + 38}" text-anchor="middle">iteration</text><text transform="translate(14 ${top + height / 2}) rotate(-90)" text-anchor="middle">${escape(yTitle)}</text></svg>`
}

/** Named bars, longest first as given. */
export function bars(items: readonly { name: string; value: number }[], fill: string): string {
  const top = Math.max(...items.map(item => item.value), 0) || 1
  const rows = items.map(
    ({ name, value }, i) =>
      `<text x="150" y="${i * 20 + 14}" text-anchor="end">${escape(name)}</text><rect x="156" y="${i * 20 + 3}" width="${px((value / top) * 130)}" height="14" fill="${fill}"><title>${escape(value.toPrecision(4))}</title></rect>`,
  )
  return `<svg viewBox="0 0 300 ${items.length * 20}" width="300" height="${items.length * 20}" role="img">${rows.join('')}</svg>`
}
