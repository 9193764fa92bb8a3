// Entries that are held out of a fit, all over a matrix: those whose hash of row, column and seed is below a threshold,
// the same from either side. So nothing has to remember them: lists of some rows, or of some columns, are made when they
// are wanted.

// The finalizer of MurmurHash3.
// @ts-ignore: decorator
@inline
function mix(h: u32): u32 {
  h = (h ^ (h >> 16)) * 0x85ebca6b
  h = (h ^ (h >> 13)) * 0xc2b2ae35
  return h ^ (h >> 16)
}

// Of a word made of two, its first step is one of each; those of indices below 2^16 are as they were.
// @ts-ignore: decorator
@inline
function folded(h: u32): u32 {
  return h ^ (h >> 16)
}

// Which of four folded words are held out. The last step of the finalizer leaves the upper half of a word as it is, and
// `most`, the greatest that is, has a lower half of ones: it makes no difference.
// @ts-ignore: decorator
@inline
function heldOut(h: v128, most: v128): i32 {
  h = i32x4.mul(h, i32x4.splat(0x85ebca6b))
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35))
  return i32x4.bitmask(i32x4.le_u(h, most))
}

// For each set of four lanes, the bytes of those lanes one after another.
const TOGETHER = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 1, 2, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  4, 5, 6, 7, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 1, 2, 3, 4, 5, 6, 7, 255, 255, 255, 255, 255, 255, 255, 255,
  8, 9, 10, 11, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 1, 2, 3, 8, 9, 10, 11, 255, 255, 255, 255, 255, 255, 255, 255,
  4, 5, 6, 7, 8, 9, 10, 11, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255, 255, 255, 255,
  12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 1, 2, 3, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255,
  4, 5, 6, 7, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 255, 255, 255, 255,
  8, 9, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255,
  4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
])

const RUN: i32 = 1 << 16 // entries whose indices have the upper half of the first

// What is held out of a line with nothing else in its list goes to `out`, and up to three words beyond that mean nothing.
// `word`: of the line, folded. `words`: of what crosses it; 0 where these are its indices. Returns how many there are.
function heldLine(length: i32, word: u32, words: usize, below: u32, out: usize): i32 {
  const most = i32x4.splat(below - 1), begin = out
  for (let from = 0; from < length; from += RUN) {
    const end = min(length, from + RUN)
    const line = i32x4.splat(words ? word : word ^ (from >> 16))
    let index = i32x4.add(i32x4.splat(from), i32x4(0, 1, 2, 3))
    let j = from
    for (; j + 8 <= end; j += 8) {
      const at = words + (<usize>j << 2), next = i32x4.add(index, i32x4.splat(4))
      const one = heldOut(v128.xor(line, words ? v128.load(at) : index), most)
      const two = heldOut(v128.xor(line, words ? v128.load(at, 16) : next), most)
      v128.store(out, i8x16.swizzle(index, v128.load(TOGETHER + (<usize>one << 4))))
      out += <usize>popcnt(one) << 2
      v128.store(out, i8x16.swizzle(next, v128.load(TOGETHER + (<usize>two << 4))))
      out += <usize>popcnt(two) << 2
      index = i32x4.add(index, i32x4.splat(8))
    }
    for (; j + 4 <= end; j += 4) {
      const h = v128.xor(line, words ? v128.load(words + (<usize>j << 2)) : index)
      const held = heldOut(h, most)
      v128.store(out, i8x16.swizzle(index, v128.load(TOGETHER + (<usize>held << 4))))
      out += <usize>popcnt(held) << 2
      index = i32x4.add(index, i32x4.splat(4))
    }
    for (; j < end; j++) {
      let h = (words ? word ^ load<u32>(words + (<usize>j << 2)) : word ^ folded(j)) * 0x85ebca6b
      h = (h ^ (h >> 13)) * 0xc2b2ae35
      if (h >= below) continue
      store<i32>(out, j)
      out += 4
    }
  }
  return <i32>((out - begin) >> 2)
}

/** Lists of `lines` rows first .. of a matrix of rows of `length` entries or, `across`, of so many of its columns, whose
 *  length is then that of a column.
 *  `tested`: of the entries that are held out and would count. Else of those that do not count as one: the given lists
 *  (weighted.ts, of base 1; none where `indptr` is 0) and what is held out, which has weight 0.
 *  Entry (i, j) is held out where mix(mix(seed ^ i) ^ j) < below, a multiple of 2^16 above 0.
 *  Writes outIndptr i32[lines+1] from 0, outIndices and, where there are weights, outWeights T, for at most lines * length
 *  entries, and three words beyond those of outIndices. work u32[2 * length + 3]. */
export function speckle<T>(
  lines: i32, length: i32, first: i32, across: bool, seed: u32, below: u32, tested: bool, indptr: usize,
  indices: usize, weights: usize, outIndptr: usize, outIndices: usize, outWeights: usize, work: usize,
): void {
  if (across) for (let i = 0; i < length; i++) store<u32>(work + (<usize>i << 2), folded(mix(seed ^ i)))
  let n = 0
  store<i32>(outIndptr, 0)
  for (let line = 0; line < lines; line++) {
    const word = folded(across ? first + line : mix(seed ^ (first + line)))
    if (!indptr) {
      n += heldLine(length, word, across ? work : 0, below, outIndices + (<usize>n << 2))
      store<i32>(outIndptr + (<usize>line << 2), n, 4)
      continue
    }
    let p = load<i32>(indptr + (<usize>line << 2))
    const end = load<i32>(indptr + (<usize>line << 2), 4)
    const held = work + (<usize>length << 2)
    const count = heldLine(length, word, across ? work : 0, below, held)
    for (let e = 0; e < count; e++) {
      const j = load<i32>(held + (<usize>e << 2))
      for (; p < end && load<i32>(indices + (<usize>p << 2)) < j; p++) {
        if (!tested) n = copy<T>(n, p, indices, weights, outIndices, outWeights)
      }
      if (p < end && load<i32>(indices + (<usize>p << 2)) == j) {
        const counts = weights && load<T>(weights + <usize>p * sizeof<T>()) > <T>0
        p++
        if (tested && !counts) continue
      }
      store<i32>(outIndices + (<usize>n << 2), j)
      if (weights && !tested) store<T>(outWeights + <usize>n * sizeof<T>(), <T>0)
      n++
    }
    if (!tested) for (; p < end; p++) n = copy<T>(n, p, indices, weights, outIndices, outWeights)
    store<i32>(outIndptr + (<usize>line << 2), n, 4)
  }
}

// One that is given.
// @ts-ignore: decorator
@inline
function copy<T>(n: i32, p: i32, indices: usize, weights: usize, outIndices: usize, outWeights: usize): i32 {
  store<i32>(outIndices + (<usize>n << 2), load<i32>(indices + (<usize>p << 2)))
  if (weights) store<T>(outWeights + <usize>n * sizeof<T>(), load<T>(weights + <usize>p * sizeof<T>()))
  return n + 1
}
