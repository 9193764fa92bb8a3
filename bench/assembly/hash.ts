// What it would take to ask for each entry of a matrix whether it is held out: src/core/mask.ts's hash, one finalizer an
// entry after a row's own.
// @ts-ignore: decorator
@inline
function mix(h: u32): u32 {
  h = (h ^ (h >> 16)) * 0x85ebca6b
  h = (h ^ (h >> 13)) * 0xc2b2ae35
  return h ^ (h >> 16)
}

/** How many entries are held out. */
export function scalar(rows: i32, columns: i32, seed: u32, below: u32): i32 {
  let count = 0
  for (let i = 0; i < rows; i++) {
    const row = mix(seed ^ i)
    for (let j = 0; j < columns; j++) count += i32(mix(row ^ j) < below)
  }
  return count
}

/** The same, four columns at once (`columns` a multiple of four). */
export function vector(rows: i32, columns: i32, seed: u32, below: u32): i32 {
  const first = i32x4.splat(0x85ebca6b),
    second = i32x4.splat(0xc2b2ae35),
    least = i32x4.splat(below),
    step = i32x4.splat(4)
  let counts = i32x4.splat(0)
  for (let i = 0; i < rows; i++) {
    const row = i32x4.splat(mix(seed ^ i))
    let j = i32x4(0, 1, 2, 3)
    for (let p = 0; p < columns; p += 4) {
      let h = v128.xor(row, j)
      h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), first)
      h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), second)
      h = v128.xor(h, i32x4.shr_u(h, 16))
      counts = i32x4.sub(counts, i32x4.lt_u(h, least))
      j = i32x4.add(j, step)
    }
  }
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  )
}
