import * as assert from 'uvu/assert'
import { dense } from '../../src/core/matrix.js'
import { NMF, type NmfInput } from '../../src/factorization/nmf.js'

/** The law that X times 4^s multiplies W and H by 2^s, to the bit, for each size s. */
export async function scales(
  options: NmfInput,
  values: Float64Array,
  shape: readonly [number, number],
  sizes: { readonly f32: readonly number[]; readonly f64: readonly number[] },
): Promise<void> {
  const nmf = new NMF(options)
  for (const [data, powers] of [
    [Float32Array.from(values), sizes.f32],
    [values, sizes.f64],
  ] as const) {
    const plain = await nmf.fit(dense(data, shape))
    for (const s of powers) {
      const scaled = await nmf.fit(dense(data.map(v => v * 2 ** s * 2 ** s) as Float64Array, shape))
      for (const side of ['components', 'embedding'] as const)
        assert.equal(
          scaled[side].data,
          plain[side].data.map(v => v * 2 ** s),
          `${side}, ${s}`,
        )
    }
  }
}
