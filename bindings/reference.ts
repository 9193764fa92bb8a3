// Scalar twins of the kernels: obviously right, slow, in plain arrays. Tests hold every kernel against its twin.

type Numbers = ArrayLike<number> & { [i: number]: number }

export function dot(x: Numbers, y: Numbers, n: number): number {
  let s = 0
  for (let i = 0; i < n; i++) s += (x[i] ?? 0) * (y[i] ?? 0)
  return s
}

/** C + A B with A read through its strides. */
export function product(
  m: number,
  depth: number,
  kp: number,
  a: Numbers,
  rs: number,
  cs: number,
  b: Numbers,
  c: Numbers,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < kp; j++) {
      let s = c[i * kp + j] ?? 0
      for (let l = 0; l < depth; l++) s += (a[i * rs + l * cs] ?? 0) * (b[l * kp + j] ?? 0)
      c[i * kp + j] = s
    }
  }
}

/** C + alpha A B, all three by strides. */
export function gemm(
  [m, n, depth]: readonly [number, number, number],
  alpha: number,
  a: Numbers,
  [ras, cas]: readonly [number, number],
  b: Numbers,
  [rbs, cbs]: readonly [number, number],
  c: Numbers,
  ldc: number,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let s = 0
      for (let l = 0; l < depth; l++) s += (a[i * ras + l * cas] ?? 0) * (b[l * rbs + j * cbs] ?? 0)
      c[i * ldc + j] = (c[i * ldc + j] ?? 0) + alpha * s
    }
  }
}

/** L with A = L L', written into the lower triangle; the order of the first minor that is not positive, or 0. */
export function cholesky(k: number, a: Numbers, ld: number): number {
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let s = a[i * ld + j] ?? 0
      for (let l = 0; l < j; l++) s -= (a[i * ld + l] ?? 0) * (a[j * ld + l] ?? 0)
      if (j < i) a[i * ld + j] = s / (a[j * ld + j] ?? 0)
      else if (s > 0 && s < Infinity) a[i * ld + i] = Math.sqrt(s)
      else return i + 1
    }
  }
  return 0
}

/** One HALS sweep over the rows of W, one component after another (the kernel's formula without blocks). */
export function hals(
  rows: number,
  k: number,
  kp: number,
  w: Numbers,
  p: Numbers,
  g: Numbers,
  l1: number,
  l2: number,
): number {
  let violation = 0
  for (let i = 0; i < rows; i++) {
    for (let q = 0; q < k; q++) {
      const old = w[i * kp + q] ?? 0
      let down = (p[i * kp + q] ?? 0) - l1 - l2 * old
      for (let r = 0; r < k; r++) down -= (w[i * kp + r] ?? 0) * (g[q * kp + r] ?? 0)
      if (old > 0 || down > 0) violation += Math.abs(down)
      w[i * kp + q] = Math.max(0, old + down / ((g[q * kp + q] ?? 0) + l2))
    }
  }
  return violation
}

/** d_beta(x | z) by its definition. The tests use beta where no limit is needed (2, 1, 0 apart). */
export function divergence(beta: number, x: number, z: number): number {
  if (beta === 1) return (x > 0 ? x * Math.log(x / z) : 0) - x + z
  if (beta === 0) return x / z - Math.log(x / z) - 1
  return (x ** beta + (beta - 1) * z ** beta - beta * x * z ** (beta - 1)) / (beta * (beta - 1))
}

/** One multiplicative step on W (rows x k), H transposed (m x k), X dense; the new W. */
export function multiplicative(
  X: number[][],
  W: number[][],
  Ht: number[][],
  beta: number,
  gamma: number,
  l1: number,
  l2: number,
): number[][] {
  return W.map((w, i) => {
    const z = Ht.map(h => dot(w, h, w.length))
    return w.map((old, q) => {
      let num = 0
      let den = l1 + l2 * old
      Ht.forEach((h, j) => {
        num += (X[i]?.[j] ?? 0) * (z[j] ?? 0) ** (beta - 2) * (h[q] ?? 0)
        den += (z[j] ?? 0) ** (beta - 1) * (h[q] ?? 0)
      })
      return old * (num / den) ** gamma
    })
  })
}

/** Sums and sums of squares of each column of A (rows x ld) about its shift, added to those there. */
export function moments(
  rows: number,
  columns: number,
  ld: number,
  a: Numbers,
  shift: Numbers,
  sums: Numbers,
  squares: Numbers,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const v = (a[i * ld + j] ?? 0) - (shift[j] ?? 0)
      sums[j] = (sums[j] ?? 0) + v
      squares[j] = (squares[j] ?? 0) + v * v
    }
  }
}

/** One row of one-sided Jacobi: vector i of G (p vectors of n) made orthogonal to each later one that is not so to tol,
 *  and the same rotations of W (p vectors of q); their number. By the angle t = tan of the textbook's formula. */
export function jacobi(i: number, p: number, n: number, g: Numbers, q: number, w: Numbers, tol: number): number {
  let count = 0
  const vector = (v: Numbers, length: number, j: number): number[] =>
    Array.from({ length }, (_, r) => v[j * length + r] ?? 0)
  for (let j = i + 1; j < p; j++) {
    const [x, y] = [vector(g, n, i), vector(g, n, j)]
    const [a, b, c] = [dot(x, x, n), dot(y, y, n), dot(x, y, n)]
    if (a === 0 || b === 0 || Math.abs(c) <= tol * Math.sqrt(a * b)) continue
    const z = (b - a) / (2 * c)
    const t = (z < 0 ? -1 : 1) / (Math.abs(z) + Math.sqrt(1 + z * z))
    const cosine = 1 / Math.sqrt(1 + t * t)
    for (const [v, length] of [
      [g, n],
      [w, q],
    ] as const) {
      for (let r = 0; r < length; r++) {
        const [u, o] = [v[i * length + r] ?? 0, v[j * length + r] ?? 0]
        v[i * length + r] = cosine * (u - t * o)
        v[j * length + r] = cosine * (o + t * u)
      }
    }
    count++
  }
  return count
}

/** sum_j m_j b_j b_j' over the rows of B (m.length x kp). */
export function weightedGram(kp: number, m: readonly number[], b: Numbers): number[] {
  const g = Array.from({ length: kp * kp }, () => 0)
  m.forEach((weight, j) => {
    for (let p = 0; p < kp * kp; p++) {
      const [q, r] = [Math.floor(p / kp), p % kp]
      g[p] = (g[p] ?? 0) + weight * (b[j * kp + q] ?? 0) * (b[j * kp + r] ?? 0)
    }
  })
  return g
}
