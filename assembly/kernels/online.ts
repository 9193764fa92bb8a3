import { pow } from '../special/pow'

/** sum <- sum + h^power * num, entry by entry: what a batch adds to the running numerator of the multiplicative step
 *  (h at power 1/gamma undoes the step's exponent). h, num, sum T[n]. Writes sum. */
export function gatherPower<T>(n: i32, power: f64, h: usize, num: usize, sum: usize): void {
  for (let i = 0; i < n; i++) {
    const v = load<T>(h)
    const raised: T = power == 1.0 ? v : <T>pow(<f64>v, power)
    store<T>(sum, <T>(load<T>(sum) + raised * load<T>(num)))
    h += sizeof<T>()
    num += sizeof<T>()
    sum += sizeof<T>()
  }
}

/** h <- (num / (den + l1 + l2 h))^gamma, entry by entry; a denominator of zero leaves zero. h, num, den T[n]. */
export function powerRatio<T>(n: i32, gamma: f64, l1: T, l2: T, h: usize, num: usize, den: usize): void {
  for (let i = 0; i < n; i++) {
    const d: T = <T>(load<T>(den) + l1 + l2 * load<T>(h))
    const r: T = d <= <T>0 ? <T>0 : <T>(load<T>(num) / d)
    store<T>(h, gamma == 1.0 ? r : <T>pow(<f64>r, gamma))
    h += sizeof<T>()
    num += sizeof<T>()
    den += sizeof<T>()
  }
}
