import { PERMUTATION, philox } from './philox'

/** y u32[n]: a uniform random permutation of 0..n-1. Fisher-Yates from the end (Durstenfeld 1964); step i takes j in [0, i] from the first words of blocks (i, attempt)
 *  by multiply and shift with rejection (Lemire 2019), which is exactly uniform. */
export function permutation(seedLo: u32, seedHi: u32, stream: u32, n: i32, y: usize): void {
  for (let i = 0; i < n; i++) store<u32>(y + (<usize>i << 2), i)
  for (let i: u32 = n > 0 ? n - 1 : 0; i > 0; i--) {
    const range: u32 = i + 1, threshold: u32 = (<u32>0 - range) % range // 2^32 mod range
    let m: u64 = 0
    let attempt: u32 = 0
    do {
      m = <u64>(<u32>i32x4.extract_lane(philox(i, attempt++, stream, PERMUTATION, seedLo, seedHi), 0)) * range
    } while (<u32>m < threshold)
    const p = y + (<usize>i << 2), q = y + (<usize>(m >> 32) << 2)
    const t = load<u32>(p)
    store<u32>(p, load<u32>(q))
    store<u32>(q, t)
  }
}
