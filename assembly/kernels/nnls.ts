// Least squares for one row, in f64 whatever T is:  min_x  x'(G + l2 I)x / 2 - (p - l1)'x  over the components that
// are not held, with x >= 0 (block principal pivoting, Kim & Park 2011) or without.
//
// work: A f64[k*k], the free part of G + l2 I; L f64[k*k]; f, x f64[k]; free, passive i32[k].

// Of a pivot: a component that the others make up adds nothing, and stays zero. Above the rounding of G, which a pivot
// of that size would be made of.
// @ts-ignore: decorator
@inline
function dependent<T>(): f64 {
  return sizeof<T>() == 4 ? 1e-6 : 1e-12
}

/** Bytes of `work` for k components. */
export function nnlsWork(k: i32): i32 {
  return 16 * k * k + 24 * k
}

// A, f and the free components; how many these are. w T[kp] gives the held ones, components from .. to.
function gather<T>(
  k: i32, kp: i32, w: usize, p: usize, g: usize, l1: f64, l2: f64, from: i32, to: i32, work: usize,
): i32 {
  const f = work + ((<usize>k * <usize>k) << 4), free = f + (<usize>k << 4)
  let count = 0
  for (let q = 0; q < k; q++) {
    if (q >= from && q < to) continue
    store<i32>(free + (<usize>count << 2), q)
    count++
  }
  for (let i = 0; i < count; i++) {
    const q = load<i32>(free + (<usize>i << 2))
    const row = g + <usize>(q * kp) * sizeof<T>(), out = work + (<usize>(i * k) << 3)
    for (let j = 0; j < count; j++) {
      const value = <f64>load<T>(row + <usize>load<i32>(free + (<usize>j << 2)) * sizeof<T>())
      store<f64>(out + (<usize>j << 3), i == j ? value + l2 : value)
    }
    let rest = <f64>load<T>(p + <usize>q * sizeof<T>()) - l1
    for (let r = from; r < to; r++) {
      rest -= <f64>load<T>(row + <usize>r * sizeof<T>()) * <f64>load<T>(w + <usize>r * sizeof<T>())
    }
    store<f64>(f + (<usize>i << 3), rest)
  }
  return count
}

// x on the passive components solves A x = f there, by Cholesky; it is zero elsewhere.
function solve<T>(k: i32, count: i32, work: usize): void {
  const l = work + ((<usize>k * <usize>k) << 3), f = work + ((<usize>k * <usize>k) << 4)
  const x = f + (<usize>k << 3), passive = x + (<usize>k << 3) + (<usize>k << 2)
  for (let i = 0; i < count; i++) {
    const row = l + (<usize>(i * k) << 3), a = work + (<usize>(i * k) << 3)
    let s = load<f64>(f + (<usize>i << 3))
    const on = load<i32>(passive + (<usize>i << 2)) != 0
    let pivot: f64 = 0
    if (on) {
      for (let j = 0; j <= i; j++) {
        const other = l + (<usize>(j * k) << 3)
        let rest = load<f64>(a + (<usize>j << 3))
        for (let t = 0; t < j; t++) rest -= load<f64>(row + (<usize>t << 3)) * load<f64>(other + (<usize>t << 3))
        if (j < i) {
          const d = load<f64>(other + (<usize>j << 3))
          store<f64>(row + (<usize>j << 3), d > 0 ? rest / d : 0)
        } else pivot = rest > dependent<T>() * load<f64>(a + (<usize>i << 3)) ? sqrt(rest) : 0
      }
      for (let t = 0; t < i; t++) s -= load<f64>(row + (<usize>t << 3)) * load<f64>(x + (<usize>t << 3))
    } else memory.fill(row, 0, <usize>i << 3)
    store<f64>(row + (<usize>i << 3), pivot)
    store<f64>(x + (<usize>i << 3), pivot > 0 ? s / pivot : 0)
  }
  for (let i = count - 1; i >= 0; i--) {
    const at = x + (<usize>i << 3)
    const d = load<f64>(l + (<usize>(i * k + i) << 3))
    let s = load<f64>(at)
    for (let t = i + 1; t < count; t++) s -= load<f64>(l + (<usize>(t * k + i) << 3)) * load<f64>(x + (<usize>t << 3))
    store<f64>(at, d > 0 ? s / d : 0)
  }
}

/** w <- the unconstrained solution, negative entries set to zero where `clip`. Held components are left alone.
 *  w, p T[kp], G T[kp*kp]. Writes w. */
export function leastSquares<T>(
  k: i32, kp: i32, w: usize, p: usize, g: usize, l1: f64, l2: f64, from: i32, to: i32, clip: bool, work: usize,
): void {
  const count = gather<T>(k, kp, w, p, g, l1, l2, from, to, work)
  const x = work + ((<usize>k * <usize>k) << 4) + (<usize>k << 3), free = x + (<usize>k << 3)
  for (let i = 0; i < count; i++) store<i32>(free + (<usize>(k + i) << 2), 1)
  solve<T>(k, count, work)
  for (let i = 0; i < count; i++) {
    const value = load<f64>(x + (<usize>i << 3))
    store<T>(w + <usize>load<i32>(free + (<usize>i << 2)) * sizeof<T>(), <T>(clip ? max<f64>(0, value) : value))
  }
}

/** w <- the non-negative solution, from the components that are positive in it as it stands. Returns false, with w as
 *  it was, where the exchanges came to no end (numbers far beyond f64's digits).
 *  w, p T[kp], G T[kp*kp]. Writes w. */
export function nnls<T>(
  k: i32, kp: i32, w: usize, p: usize, g: usize, l1: f64, l2: f64, from: i32, to: i32, work: usize,
): bool {
  const count = gather<T>(k, kp, w, p, g, l1, l2, from, to, work)
  const f = work + ((<usize>k * <usize>k) << 4), x = f + (<usize>k << 3)
  const free = x + (<usize>k << 3), passive = free + (<usize>k << 2)
  for (let i = 0; i < count; i++) {
    const positive = load<T>(w + <usize>load<i32>(free + (<usize>i << 2)) * sizeof<T>()) > <T>0
    store<i32>(passive + (<usize>i << 2), positive ? 1 : 0)
  }
  let least = count + 1, chances = 3
  for (let round = 0; round < 5 * count + 20; round++) {
    solve<T>(k, count, work)
    let high: f64 = 0, slope: f64 = 0
    for (let i = 0; i < count; i++) {
      high = max<f64>(high, abs<f64>(load<f64>(x + (<usize>i << 3))))
      slope = max<f64>(slope, abs<f64>(load<f64>(f + (<usize>i << 3))))
    }
    // Components on the wrong side: x < 0 where it is passive, a falling objective where it is not.
    let wrong = 0, last = -1
    for (let i = 0; i < count; i++) {
      if (!infeasible(k, count, i, work, 1e-12 * high, 1e-12 * slope)) continue
      wrong++
      last = i
    }
    if (wrong == 0) {
      for (let i = 0; i < count; i++) {
        const value = load<f64>(x + (<usize>i << 3))
        const kept = value > (sizeof<T>() == 4 ? 1e-30 : 1e-300) ? value : 0
        store<T>(w + <usize>load<i32>(free + (<usize>i << 2)) * sizeof<T>(), <T>kept)
      }
      return true
    }
    if (wrong < least) {
      least = wrong
      chances = 3
    } else if (chances > 0) chances--
    else {
      const at = passive + (<usize>last << 2)
      store<i32>(at, 1 - load<i32>(at))
      continue
    }
    // By f's sign bit no longer: marked first, as what is passive decides what is wrong.
    for (let i = 0; i < count; i++) {
      if (infeasible(k, count, i, work, 1e-12 * high, 1e-12 * slope)) {
        const at = passive + (<usize>i << 2)
        store<i32>(at, load<i32>(at) | 2)
      }
    }
    for (let i = 0; i < count; i++) {
      const at = passive + (<usize>i << 2), state = load<i32>(at)
      store<i32>(at, state & 2 ? 1 - (state & 1) : state & 1)
    }
  }
  return false
}

function infeasible(k: i32, count: i32, i: i32, work: usize, ofX: f64, ofSlope: f64): bool {
  const f = work + ((<usize>k * <usize>k) << 4), x = f + (<usize>k << 3)
  const passive = x + (<usize>k << 3) + (<usize>k << 2)
  if (load<i32>(passive + (<usize>i << 2)) & 1) return load<f64>(x + (<usize>i << 3)) < -ofX
  const a = work + (<usize>(i * k) << 3)
  let y = -load<f64>(f + (<usize>i << 3))
  for (let t = 0; t < count; t++) y += load<f64>(a + (<usize>t << 3)) * load<f64>(x + (<usize>t << 3))
  return y < -ofSlope
}
