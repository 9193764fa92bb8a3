// Written by scripts/kernels.mjs: do not edit. The typed wrappers of the generic kernels.
import * as vectorKernels from './kernels/vector'
import * as productKernels from './kernels/product'
import * as gemmKernels from './kernels/gemm'
import * as gemvKernels from './kernels/gemv'
import * as csrgemvKernels from './kernels/csrgemv'
import * as normKernels from './kernels/norm'
import * as choleskyKernels from './kernels/cholesky'
import * as sparseKernels from './kernels/sparse'
import * as halsKernels from './kernels/hals'
import * as speckleKernels from './kernels/speckle'
import * as weightedKernels from './kernels/weighted'
import * as solveKernels from './kernels/solve'
import * as listedKernels from './kernels/listed'
import * as newtonKernels from './kernels/newton'
import * as ratingsKernels from './kernels/ratings'
import * as transposeKernels from './kernels/transpose'
import * as projectKernels from './kernels/project'
import * as onlineKernels from './kernels/online'
import * as padKernels from './kernels/pad'
import * as scanKernels from './kernels/scan'
import * as momentsKernels from './kernels/moments'
import * as klKernels from './kernels/kl'
import * as betaKernels from './kernels/beta'

export * from './special/index'
export * from './random'
export * from './abi'
export { fingerprint } from './kernels/fingerprint'
export { gemmWork } from './kernels/gemm'
export { jacobi } from './kernels/jacobi'
export { newtonWork } from './kernels/newton'
export { ratingWork } from './kernels/ratings'
export { nuSvr, nuSvrWork } from './kernels/nusvr'
export { solveWork } from './kernels/solve'
export { transposeCount, transposeStarts } from './kernels/transpose'

export function axpy_f32(alpha: f32, x: usize, y: usize, n: i32): void {
  vectorKernels.axpy<f32>(alpha, x, y, n)
}

export function axpy_f64(alpha: f64, x: usize, y: usize, n: i32): void {
  vectorKernels.axpy<f64>(alpha, x, y, n)
}

export function dot_f32(x: usize, y: usize, n: i32): f64 {
  return vectorKernels.dot<f32>(x, y, n)
}

export function dot_f64(x: usize, y: usize, n: i32): f64 {
  return vectorKernels.dot<f64>(x, y, n)
}

export function sum_f32(x: usize, n: i32): f64 {
  return vectorKernels.sum<f32>(x, n)
}

export function sum_f64(x: usize, n: i32): f64 {
  return vectorKernels.sum<f64>(x, n)
}

export function scale_f32(alpha: f32, x: usize, n: i32): void {
  vectorKernels.scale<f32>(alpha, x, n)
}

export function scale_f64(alpha: f64, x: usize, n: i32): void {
  vectorKernels.scale<f64>(alpha, x, n)
}

export function columnSums_f32(rows: i32, columns: i32, a: usize, ld: i32, out: usize): void {
  vectorKernels.columnSums<f32>(rows, columns, a, ld, out)
}

export function columnSums_f64(rows: i32, columns: i32, a: usize, ld: i32, out: usize): void {
  vectorKernels.columnSums<f64>(rows, columns, a, ld, out)
}

export function fillRows_f32(rows: i32, kp: i32, row: usize, out: usize): void {
  vectorKernels.fillRows<f32>(rows, kp, row, out)
}

export function fillRows_f64(rows: i32, kp: i32, row: usize, out: usize): void {
  vectorKernels.fillRows<f64>(rows, kp, row, out)
}

export function product_f32(m: i32, depth: i32, kp: i32, a: usize, rs: i32, cs: i32, b: usize, c: usize): void {
  productKernels.product<f32>(m, depth, kp, a, rs, cs, b, c)
}

export function product_f64(m: i32, depth: i32, kp: i32, a: usize, rs: i32, cs: i32, b: usize, c: usize): void {
  productKernels.product<f64>(m, depth, kp, a, rs, cs, b, c)
}

export function gemm_f32(m: i32, n: i32, depth: i32, alpha: f32, a: usize, ras: i32, cas: i32, b: usize, rbs: i32, cbs: i32, c: usize, ldc: i32, work: usize): void {
  gemmKernels.gemm<f32>(m, n, depth, alpha, a, ras, cas, b, rbs, cbs, c, ldc, work)
}

export function gemm_f64(m: i32, n: i32, depth: i32, alpha: f64, a: usize, ras: i32, cas: i32, b: usize, rbs: i32, cbs: i32, c: usize, ldc: i32, work: usize): void {
  gemmKernels.gemm<f64>(m, n, depth, alpha, a, ras, cas, b, rbs, cbs, c, ldc, work)
}

export function gemv_f32(m: i32, n: i32, alpha: f32, a: usize, rs: i32, cs: i32, x: usize, y: usize): void {
  gemvKernels.gemv<f32>(m, n, alpha, a, rs, cs, x, y)
}

export function gemv_f64(m: i32, n: i32, alpha: f64, a: usize, rs: i32, cs: i32, x: usize, y: usize): void {
  gemvKernels.gemv<f64>(m, n, alpha, a, rs, cs, x, y)
}

export function csrGemv_f32(rows: i32, indptr: usize, indices: usize, data: usize, x: usize, y: usize): void {
  csrgemvKernels.csrGemv<f32>(rows, indptr, indices, data, x, y)
}

export function csrGemv_f64(rows: i32, indptr: usize, indices: usize, data: usize, x: usize, y: usize): void {
  csrgemvKernels.csrGemv<f64>(rows, indptr, indices, data, x, y)
}

export function csrGemvTransposed_f32(rows: i32, indptr: usize, indices: usize, data: usize, x: usize, y: usize): void {
  csrgemvKernels.csrGemvTransposed<f32>(rows, indptr, indices, data, x, y)
}

export function csrGemvTransposed_f64(rows: i32, indptr: usize, indices: usize, data: usize, x: usize, y: usize): void {
  csrgemvKernels.csrGemvTransposed<f64>(rows, indptr, indices, data, x, y)
}

export function maxAbs_f32(x: usize, n: i32): f64 {
  return normKernels.maxAbs<f32>(x, n)
}

export function maxAbs_f64(x: usize, n: i32): f64 {
  return normKernels.maxAbs<f64>(x, n)
}

export function norm1_f32(x: usize, n: i32): f64 {
  return normKernels.norm1<f32>(x, n)
}

export function norm1_f64(x: usize, n: i32): f64 {
  return normKernels.norm1<f64>(x, n)
}

export function norm2_f32(x: usize, n: i32): f64 {
  return normKernels.norm2<f32>(x, n)
}

export function norm2_f64(x: usize, n: i32): f64 {
  return normKernels.norm2<f64>(x, n)
}

export function cholesky_f32(k: i32, a: usize, ld: i32): i32 {
  return choleskyKernels.cholesky<f32>(k, a, ld)
}

export function cholesky_f64(k: i32, a: usize, ld: i32): i32 {
  return choleskyKernels.cholesky<f64>(k, a, ld)
}

export function choleskySolve_f32(k: i32, l: usize, ld: i32, rows: i32, b: usize, ldb: i32): void {
  choleskyKernels.choleskySolve<f32>(k, l, ld, rows, b, ldb)
}

export function choleskySolve_f64(k: i32, l: usize, ld: i32, rows: i32, b: usize, ldb: i32): void {
  choleskyKernels.choleskySolve<f64>(k, l, ld, rows, b, ldb)
}

export function csrProduct_f32(rows: i32, kp: i32, indptr: usize, indices: usize, data: usize, b: usize, c: usize): void {
  sparseKernels.csrProduct<f32>(rows, kp, indptr, indices, data, b, c)
}

export function csrProduct_f64(rows: i32, kp: i32, indptr: usize, indices: usize, data: usize, b: usize, c: usize): void {
  sparseKernels.csrProduct<f64>(rows, kp, indptr, indices, data, b, c)
}

export function csrProductTransposed_f32(rows: i32, kp: i32, indptr: usize, indices: usize, data: usize, b: usize, c: usize): void {
  sparseKernels.csrProductTransposed<f32>(rows, kp, indptr, indices, data, b, c)
}

export function csrProductTransposed_f64(rows: i32, kp: i32, indptr: usize, indices: usize, data: usize, b: usize, c: usize): void {
  sparseKernels.csrProductTransposed<f64>(rows, kp, indptr, indices, data, b, c)
}

export function hals_f32(rows: i32, k: i32, kp: i32, w: usize, p: usize, g: usize, l1: f32, l2: f32, from: i32, to: i32, sweeps: i32, tolerance: f64, work: usize): f64 {
  return halsKernels.hals<f32>(rows, k, kp, w, p, g, l1, l2, from, to, sweeps, tolerance, work)
}

export function hals_f64(rows: i32, k: i32, kp: i32, w: usize, p: usize, g: usize, l1: f64, l2: f64, from: i32, to: i32, sweeps: i32, tolerance: f64, work: usize): f64 {
  return halsKernels.hals<f64>(rows, k, kp, w, p, g, l1, l2, from, to, sweeps, tolerance, work)
}

export function speckle_f32(lines: i32, length: i32, first: i32, across: bool, seed: u32, below: u32, tested: bool, indptr: usize, indices: usize, weights: usize, outIndptr: usize, outIndices: usize, outWeights: usize, work: usize): void {
  speckleKernels.speckle<f32>(lines, length, first, across, seed, below, tested, indptr, indices, weights, outIndptr, outIndices, outWeights, work)
}

export function speckle_f64(lines: i32, length: i32, first: i32, across: bool, seed: u32, below: u32, tested: bool, indptr: usize, indices: usize, weights: usize, outIndptr: usize, outIndices: usize, outWeights: usize, work: usize): void {
  speckleKernels.speckle<f64>(lines, length, first, across, seed, below, tested, indptr, indices, weights, outIndptr, outIndices, outWeights, work)
}

export function weightedGram_f32(m: i32, kp: i32, base: i32, count: i32, indices: usize, weights: usize, b: usize, g0: usize, g: usize, work: usize): bool {
  return weightedKernels.weightedGram<f32>(m, kp, base, count, indices, weights, b, g0, g, work)
}

export function weightedGram_f64(m: i32, kp: i32, base: i32, count: i32, indices: usize, weights: usize, b: usize, g0: usize, g: usize, work: usize): bool {
  return weightedKernels.weightedGram<f64>(m, kp, base, count, indices, weights, b, g0, g, work)
}

export function weightedSums_f32(rows: i32, m: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, sums: usize, out: usize): void {
  weightedKernels.weightedSums<f32>(rows, m, kp, base, indptr, indices, weights, b, sums, out)
}

export function weightedSums_f64(rows: i32, m: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, sums: usize, out: usize): void {
  weightedKernels.weightedSums<f64>(rows, m, kp, base, indptr, indices, weights, b, sums, out)
}

export function solveRows_f32(method: i32, rows: i32, m: i32, k: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, g: usize, w: usize, p: usize, l1: f32, l2: f32, from: i32, to: i32, sweeps: i32, tolerance: f64, stats: usize, work: usize): void {
  solveKernels.solveRows<f32>(method, rows, m, k, kp, base, indptr, indices, weights, b, g, w, p, l1, l2, from, to, sweeps, tolerance, stats, work)
}

export function solveRows_f64(method: i32, rows: i32, m: i32, k: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, g: usize, w: usize, p: usize, l1: f64, l2: f64, from: i32, to: i32, sweeps: i32, tolerance: f64, stats: usize, work: usize): void {
  solveKernels.solveRows<f64>(method, rows, m, k, kp, base, indptr, indices, weights, b, g, w, p, l1, l2, from, to, sweeps, tolerance, stats, work)
}

export function listedMultiplicative_f32(rows: i32, k: i32, kp: i32, beta: f64, gamma: f64, l1: f32, l2: f32, from: i32, to: i32, indptr: usize, indices: usize, weights: usize, x: usize, w: usize, ht: usize, numH: usize, denH: usize, work: usize): void {
  listedKernels.listedMultiplicative<f32>(rows, k, kp, beta, gamma, l1, l2, from, to, indptr, indices, weights, x, w, ht, numH, denH, work)
}

export function listedMultiplicative_f64(rows: i32, k: i32, kp: i32, beta: f64, gamma: f64, l1: f64, l2: f64, from: i32, to: i32, indptr: usize, indices: usize, weights: usize, x: usize, w: usize, ht: usize, numH: usize, denH: usize, work: usize): void {
  listedKernels.listedMultiplicative<f64>(rows, k, kp, beta, gamma, l1, l2, from, to, indptr, indices, weights, x, w, ht, numH, denH, work)
}

export function listedLoss_f32(rows: i32, kp: i32, beta: f64, indptr: usize, indices: usize, weights: usize, x: usize, w: usize, ht: usize): f64 {
  return listedKernels.listedLoss<f32>(rows, kp, beta, indptr, indices, weights, x, w, ht)
}

export function listedLoss_f64(rows: i32, kp: i32, beta: f64, indptr: usize, indices: usize, weights: usize, x: usize, w: usize, ht: usize): f64 {
  return listedKernels.listedLoss<f64>(rows, kp, beta, indptr, indices, weights, x, w, ht)
}

export function weightedSquares_f32(rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, weights: usize, xIndptr: usize, xIndices: usize, x: usize, ld: i32, w: usize, ht: usize): f64 {
  return listedKernels.weightedSquares<f32>(rows, m, kp, indptr, indices, weights, xIndptr, xIndices, x, ld, w, ht)
}

export function weightedSquares_f64(rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, weights: usize, xIndptr: usize, xIndices: usize, x: usize, ld: i32, w: usize, ht: usize): f64 {
  return listedKernels.weightedSquares<f64>(rows, m, kp, indptr, indices, weights, xIndptr, xIndices, x, ld, w, ht)
}

export function newton_f32(rows: i32, m: i32, k: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, b: usize, lines: usize, ld: i32, s: usize, own: i32, w: usize, l1: f32, l2: f32, from: i32, to: i32, sweeps: i32, tolerance: f64, stats: usize, work: usize): void {
  newtonKernels.newton<f32>(rows, m, k, kp, indptr, indices, x, lx, b, lines, ld, s, own, w, l1, l2, from, to, sweeps, tolerance, stats, work)
}

export function newton_f64(rows: i32, m: i32, k: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, b: usize, lines: usize, ld: i32, s: usize, own: i32, w: usize, l1: f64, l2: f64, from: i32, to: i32, sweeps: i32, tolerance: f64, stats: usize, work: usize): void {
  newtonKernels.newton<f64>(rows, m, k, kp, indptr, indices, x, lx, b, lines, ld, s, own, w, l1, l2, from, to, sweeps, tolerance, stats, work)
}

export function ratingRows_f32(rows: i32, k: i32, kp: i32, confident: bool, indptr: usize, indices: usize, values: usize, y: usize, g0: usize, b0: usize, lambda: f64, power: f64, noise: usize, w: usize, evaluate: bool, stats: usize, work: usize): void {
  ratingsKernels.ratingRows<f32>(rows, k, kp, confident, indptr, indices, values, y, g0, b0, lambda, power, noise, w, evaluate, stats, work)
}

export function ratingRows_f64(rows: i32, k: i32, kp: i32, confident: bool, indptr: usize, indices: usize, values: usize, y: usize, g0: usize, b0: usize, lambda: f64, power: f64, noise: usize, w: usize, evaluate: bool, stats: usize, work: usize): void {
  ratingsKernels.ratingRows<f64>(rows, k, kp, confident, indptr, indices, values, y, g0, b0, lambda, power, noise, w, evaluate, stats, work)
}

export function ratingSteps_f32(rows: i32, k: i32, kp: i32, indptr: usize, indices: usize, values: usize, y: usize, g0: usize, lambda: f64, power: f64, steps: i32, tolerance: f64, w: usize, evaluate: bool, stats: usize, work: usize): void {
  ratingsKernels.ratingSteps<f32>(rows, k, kp, indptr, indices, values, y, g0, lambda, power, steps, tolerance, w, evaluate, stats, work)
}

export function ratingSteps_f64(rows: i32, k: i32, kp: i32, indptr: usize, indices: usize, values: usize, y: usize, g0: usize, lambda: f64, power: f64, steps: i32, tolerance: f64, w: usize, evaluate: bool, stats: usize, work: usize): void {
  ratingsKernels.ratingSteps<f64>(rows, k, kp, indptr, indices, values, y, g0, lambda, power, steps, tolerance, w, evaluate, stats, work)
}

export function ratingBiases_f32(rows: i32, indptr: usize, indices: usize, values: usize, mu: f64, damping: f64, other: usize, b: usize): void {
  ratingsKernels.ratingBiases<f32>(rows, indptr, indices, values, mu, damping, other, b)
}

export function ratingBiases_f64(rows: i32, indptr: usize, indices: usize, values: usize, mu: f64, damping: f64, other: usize, b: usize): void {
  ratingsKernels.ratingBiases<f64>(rows, indptr, indices, values, mu, damping, other, b)
}

export function ratingResiduals_f32(rows: i32, indptr: usize, indices: usize, values: usize, mu: f64, other: usize, b: usize): void {
  ratingsKernels.ratingResiduals<f32>(rows, indptr, indices, values, mu, other, b)
}

export function ratingResiduals_f64(rows: i32, indptr: usize, indices: usize, values: usize, mu: f64, other: usize, b: usize): void {
  ratingsKernels.ratingResiduals<f64>(rows, indptr, indices, values, mu, other, b)
}

export function transposeFill_f32(first: i32, rows: i32, indptr: usize, indices: usize, data: usize, indptrT: usize, indicesT: usize, dataT: usize): void {
  transposeKernels.transposeFill<f32>(first, rows, indptr, indices, data, indptrT, indicesT, dataT)
}

export function transposeFill_f64(first: i32, rows: i32, indptr: usize, indices: usize, data: usize, indptrT: usize, indicesT: usize, dataT: usize): void {
  transposeKernels.transposeFill<f64>(first, rows, indptr, indices, data, indptrT, indicesT, dataT)
}

export function project_f32(rows: i32, k: i32, kp: i32, w: usize, p: usize, g: usize, l1: f32, l2: f32, sweeps: i32, tolerance: f32, done: usize, work: usize): i32 {
  return projectKernels.project<f32>(rows, k, kp, w, p, g, l1, l2, sweeps, tolerance, done, work)
}

export function project_f64(rows: i32, k: i32, kp: i32, w: usize, p: usize, g: usize, l1: f64, l2: f64, sweeps: i32, tolerance: f64, done: usize, work: usize): i32 {
  return projectKernels.project<f64>(rows, k, kp, w, p, g, l1, l2, sweeps, tolerance, done, work)
}

export function gatherPower_f32(n: i32, power: f64, h: usize, num: usize, sum: usize): void {
  onlineKernels.gatherPower<f32>(n, power, h, num, sum)
}

export function gatherPower_f64(n: i32, power: f64, h: usize, num: usize, sum: usize): void {
  onlineKernels.gatherPower<f64>(n, power, h, num, sum)
}

export function powerRatio_f32(n: i32, gamma: f64, l1: f32, l2: f32, h: usize, num: usize, den: usize): void {
  onlineKernels.powerRatio<f32>(n, gamma, l1, l2, h, num, den)
}

export function powerRatio_f64(n: i32, gamma: f64, l1: f64, l2: f64, h: usize, num: usize, den: usize): void {
  onlineKernels.powerRatio<f64>(n, gamma, l1, l2, h, num, den)
}

export function pad_f32(rows: i32, k: i32, kp: i32, alpha: f64, a: usize, rs: i32, cs: i32, out: usize): void {
  padKernels.pad<f32>(rows, k, kp, alpha, a, rs, cs, out)
}

export function pad_f64(rows: i32, k: i32, kp: i32, alpha: f64, a: usize, rs: i32, cs: i32, out: usize): void {
  padKernels.pad<f64>(rows, k, kp, alpha, a, rs, cs, out)
}

export function unpad_f32(rows: i32, k: i32, kp: i32, alpha: f64, a: usize, out: usize, rs: i32, cs: i32): void {
  padKernels.unpad<f32>(rows, k, kp, alpha, a, out, rs, cs)
}

export function unpad_f64(rows: i32, k: i32, kp: i32, alpha: f64, a: usize, out: usize, rs: i32, cs: i32): void {
  padKernels.unpad<f64>(rows, k, kp, alpha, a, out, rs, cs)
}

export function absolute_f32(x: usize, n: i32): void {
  padKernels.absolute<f32>(x, n)
}

export function absolute_f64(x: usize, n: i32): void {
  padKernels.absolute<f64>(x, n)
}

export function scan_f32(rows: i32, columns: i32, ld: i32, least: f64, a: usize, out: usize): i32 {
  return scanKernels.scan<f32>(rows, columns, ld, least, a, out)
}

export function scan_f64(rows: i32, columns: i32, ld: i32, least: f64, a: usize, out: usize): i32 {
  return scanKernels.scan<f64>(rows, columns, ld, least, a, out)
}

export function countBad_f32(rows: i32, columns: i32, ld: i32, least: f64, a: usize): i32 {
  return scanKernels.countBad<f32>(rows, columns, ld, least, a)
}

export function countBad_f64(rows: i32, columns: i32, ld: i32, least: f64, a: usize): i32 {
  return scanKernels.countBad<f64>(rows, columns, ld, least, a)
}

export function moments_f32(rows: i32, columns: i32, ld: i32, a: usize, shift: usize, sums: usize, squares: usize): void {
  momentsKernels.moments<f32>(rows, columns, ld, a, shift, sums, squares)
}

export function moments_f64(rows: i32, columns: i32, ld: i32, a: usize, shift: usize, sums: usize, squares: usize): void {
  momentsKernels.moments<f64>(rows, columns, ld, a, shift, sums, squares)
}

export function csrMoments_f32(n: i32, indices: usize, data: usize, shift: usize, sums: usize, squares: usize, counts: usize): void {
  momentsKernels.csrMoments<f32>(n, indices, data, shift, sums, squares, counts)
}

export function csrMoments_f64(n: i32, indices: usize, data: usize, shift: usize, sums: usize, squares: usize, counts: usize): void {
  momentsKernels.csrMoments<f64>(n, indices, data, shift, sums, squares, counts)
}

export function subtractRow_f32(rows: i32, columns: i32, ld: i32, a: usize, shift: usize): void {
  momentsKernels.subtractRow<f32>(rows, columns, ld, a, shift)
}

export function subtractRow_f64(rows: i32, columns: i32, ld: i32, a: usize, shift: usize): void {
  momentsKernels.subtractRow<f64>(rows, columns, ld, a, shift)
}

export function klGather_f32(rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, w: usize, ht: usize, num: usize): void {
  klKernels.klGather<f32>(rows, m, kp, indptr, indices, x, lx, w, ht, num)
}

export function klGather_f64(rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, w: usize, ht: usize, num: usize): void {
  klKernels.klGather<f64>(rows, m, kp, indptr, indices, x, lx, w, ht, num)
}

export function klScatter_f32(rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, w: usize, ht: usize, num: usize): void {
  klKernels.klScatter<f32>(rows, m, kp, indptr, indices, x, lx, w, ht, num)
}

export function klScatter_f64(rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, w: usize, ht: usize, num: usize): void {
  klKernels.klScatter<f64>(rows, m, kp, indptr, indices, x, lx, w, ht, num)
}

export function ratioRows_f32(rows: i32, k: i32, kp: i32, gamma: f64, l1: f32, l2: f32, from: i32, to: i32, w: usize, num: usize, den: usize, own: i32): void {
  betaKernels.ratioRows<f32>(rows, k, kp, gamma, l1, l2, from, to, w, num, den, own)
}

export function ratioRows_f64(rows: i32, k: i32, kp: i32, gamma: f64, l1: f64, l2: f64, from: i32, to: i32, w: usize, num: usize, den: usize, own: i32): void {
  betaKernels.ratioRows<f64>(rows, k, kp, gamma, l1, l2, from, to, w, num, den, own)
}

export function multiplicative_f32(rows: i32, m: i32, k: i32, kp: i32, beta: f64, gamma: f64, l1: f32, l2: f32, from: i32, to: i32, indptr: usize, indices: usize, x: usize, ld: i32, outIndptr: usize, outIndices: usize, w: usize, ht: usize, numH: usize, denH: usize, work: usize): void {
  betaKernels.multiplicative<f32>(rows, m, k, kp, beta, gamma, l1, l2, from, to, indptr, indices, x, ld, outIndptr, outIndices, w, ht, numH, denH, work)
}

export function multiplicative_f64(rows: i32, m: i32, k: i32, kp: i32, beta: f64, gamma: f64, l1: f64, l2: f64, from: i32, to: i32, indptr: usize, indices: usize, x: usize, ld: i32, outIndptr: usize, outIndices: usize, w: usize, ht: usize, numH: usize, denH: usize, work: usize): void {
  betaKernels.multiplicative<f64>(rows, m, k, kp, beta, gamma, l1, l2, from, to, indptr, indices, x, ld, outIndptr, outIndices, w, ht, numH, denH, work)
}

export function betaLoss_f32(rows: i32, m: i32, kp: i32, beta: f64, indptr: usize, indices: usize, x: usize, ld: i32, outIndptr: usize, outIndices: usize, w: usize, ht: usize): f64 {
  return betaKernels.betaLoss<f32>(rows, m, kp, beta, indptr, indices, x, ld, outIndptr, outIndices, w, ht)
}

export function betaLoss_f64(rows: i32, m: i32, kp: i32, beta: f64, indptr: usize, indices: usize, x: usize, ld: i32, outIndptr: usize, outIndices: usize, w: usize, ht: usize): f64 {
  return betaKernels.betaLoss<f64>(rows, m, kp, beta, indptr, indices, x, ld, outIndptr, outIndices, w, ht)
}
