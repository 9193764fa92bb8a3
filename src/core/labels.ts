/** The same clusters numbered from 0 in the order in which they first appear. */
export function numbered(labels: Int32Array): Int32Array {
  const numbers = new Map<number, number>()
  return labels.map(label => {
    if (!numbers.has(label)) numbers.set(label, numbers.size)
    return numbers.get(label) ?? 0
  })
}
