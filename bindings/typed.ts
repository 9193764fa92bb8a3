import type { Kernels } from './kernels.js'

export type Precision = 'f32' | 'f64'

type Stem<N> = N extends `${infer S}_f64` ? S : never
/** The kernels of one precision under their plain names: `hals_f32` or `hals_f64` is `hals`. */
export type TypedKernels = { [N in keyof Kernels as Stem<N>]: Kernels[N] }

/** Made once for an engine and precision: it costs more than a small fit's iteration. */
export function typed(kernels: Kernels, precision: Precision): TypedKernels {
  let made = known.get(kernels)
  if (!made) known.set(kernels, (made = { f32: byPrecision(kernels, 'f32'), f64: byPrecision(kernels, 'f64') }))
  return made[precision]
}

const known = new WeakMap<Kernels, Readonly<Record<Precision, TypedKernels>>>()

function byPrecision(kernels: Kernels, precision: Precision): TypedKernels {
  const suffix = `_${precision}`
  const entries = Object.entries(kernels).filter(([name]) => name.endsWith(suffix))
  return Object.fromEntries(entries.map(([name, call]) => [name.slice(0, -suffix.length), call])) as TypedKernels
}
