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

// The same of four words, and which are below.
// @ts-ignore: decorator
@inline
function under(h: v128, below: v128): i32 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b))
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35))
  return i32x4.bitmask(i32x4.lt_u(v128.xor(h, i32x4.shr_u(h, 16)), below))
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

// What is held out of a line with nothing else in its list goes to `out`, and up to three words beyond that mean nothing.
// Returns how many are held out.
function heldLine(length: i32, word: u32, words: usize, below: u32, out: usize): i32 {
  const limit = i32x4.splat(below), line = i32x4.splat(word), begin = out
  let crossing = i32x4(0, 1, 2, 3)
  let j = 0
  for (; j + 4 <= length; j += 4) {
    const h = words ? v128.xor(line, v128.load(words + (<usize>j << 2))) : v128.xor(line, crossing)
    const held = under(h, limit)
    v128.store(out, i8x16.swizzle(crossing, v128.load(TOGETHER + (<usize>held << 4))))
    out += <usize>popcnt(held) << 2
    crossing = i32x4.add(crossing, i32x4.splat(4))
  }
  for (; j < length; j++) {
    if (mix(words ? word ^ load<u32>(words + (<usize>j << 2)) : word ^ j) >= below) continue
    store<i32>(out, j)
    out += 4
  }
  return <i32>((out - begin) >> 2)
}

// Which of the entries j .. j + 31 of a line of `length` are held out, one bit each. `word`: of the line. `words`: of
// what crosses it; 0 where that is what the line's own word is to be mixed with.
function heldFrom(j: i32, length: i32, word: u32, words: usize, below: u32): u32 {
  const limit = i32x4.splat(below), line = i32x4.splat(word), end = min(length, j + 32)
  let bits: u32 = 0
  let at = j
  let crossing = i32x4.add(i32x4.splat(j), i32x4(0, 1, 2, 3))
  for (; at + 4 <= end; at += 4) {
    const h = words ? v128.xor(line, v128.load(words + (<usize>at << 2))) : v128.xor(line, crossing)
    bits |= <u32>under(h, limit) << (at - j)
    crossing = i32x4.add(crossing, i32x4.splat(4))
  }
  for (; at < end; at++) {
    const h = words ? word ^ load<u32>(words + (<usize>at << 2)) : word ^ at
    bits |= u32(mix(h) < below) << (at - j)
  }
  return bits
}

/** Lists of `lines` rows first .. of a matrix of rows of `length` entries or, `across`, of so many of its columns, whose
 *  length is then that of a column.
 *  `tested`: of the entries that are held out and would count. Else of those that do not count as one: the given lists
 *  (weighted.ts, of base 1; none where `indptr` is 0) and what is held out, which has weight 0.
 *  Entry (i, j) is held out where mix(mix(seed ^ i) ^ j) < below. Writes outIndptr i32[lines+1] from 0, outIndices and,
 *  where there are weights, outWeights T; for at most lines * length entries. work u32[length] where `across`. */
export function speckle<T>(
  lines: i32, length: i32, first: i32, across: bool, seed: u32, below: u32, tested: bool, indptr: usize,
  indices: usize, weights: usize, outIndptr: usize, outIndices: usize, outWeights: usize, work: usize,
): void {
  if (across) for (let i = 0; i < length; i++) store<u32>(work + (<usize>i << 2), mix(seed ^ i))
  let n = 0
  store<i32>(outIndptr, 0)
  for (let line = 0; line < lines; line++) {
    const word = across ? <u32>(first + line) : mix(seed ^ (first + line))
    if (!indptr) {
      n += heldLine(length, word, across ? work : 0, below, outIndices + (<usize>n << 2))
      store<i32>(outIndptr + (<usize>line << 2), n, 4)
      continue
    }
    let p = load<i32>(indptr + (<usize>line << 2))
    const end = load<i32>(indptr + (<usize>line << 2), 4)
    for (let j = 0; j < length; j += 32) {
      let bits = heldFrom(j, length, word, across ? work : 0, below)
      while (bits) {
        const held = j + ctz(bits)
        bits &= bits - 1
        for (; p < end && load<i32>(indices + (<usize>p << 2)) < held; p++) {
          if (!tested) n = copy<T>(n, p, indices, weights, outIndices, outWeights)
        }
        if (p < end && load<i32>(indices + (<usize>p << 2)) == held) {
          const counts = weights && load<T>(weights + <usize>p * sizeof<T>()) > <T>0
          p++
          if (tested && !counts) continue
        }
        store<i32>(outIndices + (<usize>n << 2), held)
        if (weights && !tested) store<T>(outWeights + <usize>n * sizeof<T>(), <T>0)
        n++
      }
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
