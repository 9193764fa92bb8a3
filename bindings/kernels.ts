// Written by scripts/build.mjs from the compiled module's own section: do not edit.
export interface Kernels {
  axpy_f32(p0: number, p1: number, p2: number, p3: number): void
  axpy_f64(p0: number, p1: number, p2: number, p3: number): void
  dot_f32(p0: number, p1: number, p2: number): number
  dot_f64(p0: number, p1: number, p2: number): number
  sum_f32(p0: number, p1: number): number
  sum_f64(p0: number, p1: number): number
  scale_f32(p0: number, p1: number, p2: number): void
  scale_f64(p0: number, p1: number, p2: number): void
  columnSums_f32(p0: number, p1: number, p2: number, p3: number, p4: number): void
  columnSums_f64(p0: number, p1: number, p2: number, p3: number, p4: number): void
  fillRows_f32(p0: number, p1: number, p2: number, p3: number): void
  fillRows_f64(p0: number, p1: number, p2: number, p3: number): void
  product_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  product_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  gemm_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number): void
  gemm_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number): void
  gemv_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  gemv_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  csrGemv_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  csrGemv_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  csrGemvTransposed_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  csrGemvTransposed_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  maxAbs_f32(p0: number, p1: number): number
  maxAbs_f64(p0: number, p1: number): number
  norm1_f32(p0: number, p1: number): number
  norm1_f64(p0: number, p1: number): number
  norm2_f32(p0: number, p1: number): number
  norm2_f64(p0: number, p1: number): number
  cholesky_f32(p0: number, p1: number, p2: number): number
  cholesky_f64(p0: number, p1: number, p2: number): number
  choleskySolve_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  choleskySolve_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  csrProduct_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  csrProduct_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  csrProductTransposed_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  csrProductTransposed_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  hals_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number): number
  hals_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number): number
  speckle_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number): void
  speckle_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number): void
  weightedGram_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number): number
  weightedGram_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number): number
  weightedSums_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number): void
  weightedSums_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number): void
  solveRows_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number, p17: number, p18: number, p19: number, p20: number): void
  solveRows_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number, p17: number, p18: number, p19: number, p20: number): void
  listedMultiplicative_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number, p17: number): void
  listedMultiplicative_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number, p17: number): void
  listedLoss_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number): number
  listedLoss_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number): number
  weightedSquares_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number): number
  weightedSquares_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number): number
  newton_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number, p17: number, p18: number, p19: number, p20: number, p21: number): void
  newton_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number, p17: number, p18: number, p19: number, p20: number, p21: number): void
  ratingRows_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number): void
  ratingRows_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number): void
  ratingSteps_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number): void
  ratingSteps_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number): void
  ratingBiases_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  ratingBiases_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  ratingResiduals_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  ratingResiduals_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  transposeFill_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  transposeFill_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  project_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number): number
  project_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number): number
  gatherPower_f32(p0: number, p1: number, p2: number, p3: number, p4: number): void
  gatherPower_f64(p0: number, p1: number, p2: number, p3: number, p4: number): void
  powerRatio_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  powerRatio_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  pad_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  pad_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  unpad_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  unpad_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number): void
  absolute_f32(p0: number, p1: number): void
  absolute_f64(p0: number, p1: number): void
  scan_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): number
  scan_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): number
  countBad_f32(p0: number, p1: number, p2: number, p3: number, p4: number): number
  countBad_f64(p0: number, p1: number, p2: number, p3: number, p4: number): number
  moments_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  moments_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  csrMoments_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  csrMoments_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  subtractRow_f32(p0: number, p1: number, p2: number, p3: number, p4: number): void
  subtractRow_f64(p0: number, p1: number, p2: number, p3: number, p4: number): void
  klGather_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number): void
  klGather_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number): void
  klScatter_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number): void
  klScatter_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number): void
  ratioRows_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number): void
  ratioRows_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number): void
  multiplicative_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number, p17: number, p18: number, p19: number, p20: number): void
  multiplicative_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number, p12: number, p13: number, p14: number, p15: number, p16: number, p17: number, p18: number, p19: number, p20: number): void
  betaLoss_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number): number
  betaLoss_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number, p9: number, p10: number, p11: number): number
  gemmWork(): number
  solveWork(p0: number): number
  newtonWork(p0: number, p1: number): number
  ratingWork(p0: number): number
  transposeCount(p0: number, p1: number, p2: number): void
  transposeStarts(p0: number, p1: number): void
  abiVersion(): number
  relaxed(): number
  heapBase(): number
  engineName(): string
  hashText(p0: string): number
  fingerprint(p0: number, p1: number, p2: number): void
  jacobi(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): number
  nuSvrWork(p0: number, p1: number): number
  nuSvr(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number, p7: number, p8: number): void
  pow(p0: number, p1: number): number
  log(p0: number): number
  log1p(p0: number): number
  log1p_f64(p0: number, p1: number, p2: number): void
  log1p_f32(p0: number, p1: number, p2: number): void
  expm1_f64(p0: number, p1: number, p2: number): void
  expm1_f32(p0: number, p1: number, p2: number): void
  tanh_f64(p0: number, p1: number, p2: number): void
  tanh_f32(p0: number, p1: number, p2: number): void
  lgamma_f64(p0: number, p1: number, p2: number): void
  lgamma_f32(p0: number, p1: number, p2: number): void
  digamma_f64(p0: number, p1: number, p2: number): void
  digamma_f32(p0: number, p1: number, p2: number): void
  trigamma_f64(p0: number, p1: number, p2: number): void
  trigamma_f32(p0: number, p1: number, p2: number): void
  pow_f64(p0: number, p1: number, p2: number, p3: number): void
  pow_f32(p0: number, p1: number, p2: number, p3: number): void
  exp_f64(p0: number, p1: number, p2: number): void
  exp_f32(p0: number, p1: number, p2: number): void
  log_f64(p0: number, p1: number, p2: number): void
  log_f32(p0: number, p1: number, p2: number): void
  digamma(p0: number): number
  trigamma(p0: number): number
  exp(p0: number): number
  expm1(p0: number): number
  tanh(p0: number): number
  lgamma(p0: number): number
  gamma_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  normalQuantile(p0: number): number
  normal_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  normal_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  permutation(p0: number, p1: number, p2: number, p3: number, p4: number): void
  poisson_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  philox_block(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number, p6: number): void
  random_bits(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  uniform_f64(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
  uniform_f32(p0: number, p1: number, p2: number, p3: number, p4: number, p5: number): void
}
