import { LINE, toColumns, toRows } from './block'
import { sweep } from './hals'

/** Non-negative least squares for each row with the other factor held: HALS sweeps until the largest step of the row
 *  is at most `tolerance` times its largest entry. A row that has stopped is left alone, so its bits depend neither on
 *  its neighbours in the block nor on how the sweeps are cut into calls.
 *  W T[rows*kp], updated; P = X H' T[rows*kp]; G = H H' T[kp*kp]; done i32[rows], zero before the first call, set to 1
 *  where a row has stopped; work 288*kp + 96 bytes. Returns the number of rows that have not stopped. */
export function project<T>(
  rows: i32, k: i32, kp: i32, w: usize, p: usize, g: usize, l1: T, l2: T, sweeps: i32, tolerance: T, done: usize,
  work: usize,
): i32 {
  const height = <i32>(LINE / sizeof<T>())
  const ld = <usize>kp * sizeof<T>(), lines = <usize>kp * LINE
  const pb = work + lines, old = pb + lines, mask = old + lines
  let left = 0
  for (let i = 0; i < rows; i += height) {
    const h = min(height, rows - i)
    let active = open<T>(h, done, mask)
    if (active > 0) {
      toColumns<T>(h, k, kp, w, work)
      toColumns<T>(h, k, kp, p, pb)
      for (let t = 0; t < sweeps && active > 0; t++) {
        memory.copy(old, work, <usize>k * LINE)
        sweep<T>(k, kp, g, l1, l2, 0, 0, work, pb, 0)
        active = settle<T>(h, k, work, old, mask, tolerance)
      }
      toRows<T>(h, k, kp, w, work)
      close<T>(h, done, mask)
      left += active
    }
    w += <usize>height * ld
    p += <usize>height * ld
    done += <usize>height << 2
  }
  return left
}

// mask: all ones in the lane of a row that has stopped or does not exist. Returns the rows still active.
function open<T>(h: i32, done: usize, mask: usize): i32 {
  const height = <i32>(LINE / sizeof<T>())
  let active = 0
  for (let r = 0; r < height; r++) {
    const stopped = r >= h || load<i32>(done + (<usize>r << 2)) != 0
    if (!stopped) active++
    memory.fill(mask + <usize>r * sizeof<T>(), stopped ? 0xff : 0, sizeof<T>())
  }
  return active
}

function close<T>(h: i32, done: usize, mask: usize): void {
  for (let r = 0; r < h; r++) {
    store<i32>(done + (<usize>r << 2), load<i32>(mask + <usize>r * sizeof<T>()) != 0 ? 1 : 0)
  }
}

// Takes back the last sweep in lanes that had stopped before it, then stops those that it hardly moved.
function settle<T>(h: i32, k: i32, now: usize, old: usize, mask: usize, tolerance: T): i32 {
  const within = v128.splat<T>(tolerance), end = now + <usize>k * LINE
  for (let v: usize = 0; v < LINE; v += 16) {
    const stopped = v128.load(mask + v)
    let moved = v128.splat<T>(<T>0), size = moved
    for (let n = now + v, o = old + v; n < end; n += LINE) {
      const before = v128.load(o), after = v128.bitselect(before, v128.load(n), stopped)
      v128.store(n, after)
      moved = v128.max<T>(moved, v128.abs<T>(v128.sub<T>(after, before)))
      size = v128.max<T>(size, after)
      o += LINE
    }
    v128.store(mask + v, v128.or(stopped, v128.le<T>(moved, v128.mul<T>(within, size))))
  }
  let active = 0
  for (let r = 0; r < h; r++) if (load<i32>(mask + <usize>r * sizeof<T>()) == 0) active++
  return active
}
