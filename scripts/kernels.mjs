// Writes assembly/index.ts: for every generic kernel named here, its f32 and f64 wrappers. The compiler exports no
// generic functions, and writing the pairs by hand is where the two precisions would drift apart.
import { writeFileSync } from 'node:fs'

const kernels = {
  'kernels/vector': {
    axpy: ['alpha: T, x: usize, y: usize, n: i32', 'void'],
    dot: ['x: usize, y: usize, n: i32', 'f64'],
    sum: ['x: usize, n: i32', 'f64'],
    scale: ['alpha: T, x: usize, n: i32', 'void'],
    columnSums: ['rows: i32, columns: i32, a: usize, ld: i32, out: usize', 'void'],
    fillRows: ['rows: i32, kp: i32, row: usize, out: usize', 'void'],
  },
  'kernels/product': {
    product: ['m: i32, depth: i32, kp: i32, a: usize, rs: i32, cs: i32, b: usize, c: usize', 'void'],
  },
  'kernels/gemm': {
    gemm: [
      'm: i32, n: i32, depth: i32, alpha: T, a: usize, ras: i32, cas: i32, b: usize, rbs: i32, cbs: i32, c: usize, ldc: i32, work: usize',
      'void',
    ],
  },
  'kernels/gemv': {
    gemv: ['m: i32, n: i32, alpha: T, a: usize, rs: i32, cs: i32, x: usize, y: usize', 'void'],
  },
  'kernels/csrgemv': {
    csrGemv: ['rows: i32, indptr: usize, indices: usize, data: usize, x: usize, y: usize', 'void'],
    csrGemvTransposed: ['rows: i32, indptr: usize, indices: usize, data: usize, x: usize, y: usize', 'void'],
  },
  'kernels/norm': {
    maxAbs: ['x: usize, n: i32', 'f64'],
    norm1: ['x: usize, n: i32', 'f64'],
    norm2: ['x: usize, n: i32', 'f64'],
  },
  'kernels/cholesky': {
    cholesky: ['k: i32, a: usize, ld: i32', 'i32'],
    choleskySolve: ['k: i32, l: usize, ld: i32, rows: i32, b: usize, ldb: i32', 'void'],
  },
  'kernels/sparse': {
    csrProduct: ['rows: i32, kp: i32, indptr: usize, indices: usize, data: usize, b: usize, c: usize', 'void'],
    csrProductTransposed: [
      'rows: i32, kp: i32, indptr: usize, indices: usize, data: usize, b: usize, c: usize',
      'void',
    ],
  },
  'kernels/hals': {
    hals: [
      'rows: i32, k: i32, kp: i32, w: usize, p: usize, g: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32, tolerance: f64, work: usize',
      'f64',
    ],
  },
  'kernels/speckle': {
    speckle: [
      'lines: i32, length: i32, first: i32, across: bool, seed: u32, below: u32, tested: bool, indptr: usize, indices: usize, weights: usize, outIndptr: usize, outIndices: usize, outWeights: usize, work: usize',
      'void',
    ],
  },
  'kernels/weighted': {
    weightedGram: [
      'm: i32, kp: i32, base: i32, count: i32, indices: usize, weights: usize, b: usize, g0: usize, g: usize, work: usize',
      'bool',
    ],
    weightedSums: [
      'rows: i32, m: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, sums: usize, out: usize',
      'void',
    ],
  },
  'kernels/solve': {
    solveRows: [
      'method: i32, rows: i32, m: i32, k: i32, kp: i32, base: i32, indptr: usize, indices: usize, weights: usize, b: usize, g: usize, w: usize, p: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32, tolerance: f64, stats: usize, work: usize',
      'void',
    ],
  },
  'kernels/listed': {
    listedMultiplicative: [
      'rows: i32, k: i32, kp: i32, beta: f64, gamma: f64, l1: T, l2: T, from: i32, to: i32, indptr: usize, indices: usize, weights: usize, x: usize, w: usize, ht: usize, numH: usize, denH: usize, work: usize',
      'void',
    ],
    listedLoss: [
      'rows: i32, kp: i32, beta: f64, indptr: usize, indices: usize, weights: usize, x: usize, w: usize, ht: usize',
      'f64',
    ],
    weightedSquares: [
      'rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, weights: usize, xIndptr: usize, xIndices: usize, x: usize, ld: i32, w: usize, ht: usize',
      'f64',
    ],
  },
  'kernels/newton': {
    newton: [
      'rows: i32, m: i32, k: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, b: usize, lines: usize, ld: i32, s: usize, own: i32, w: usize, l1: T, l2: T, from: i32, to: i32, sweeps: i32, tolerance: f64, stats: usize, work: usize',
      'void',
    ],
  },
  'kernels/ratings': {
    ratingRows: [
      'rows: i32, k: i32, kp: i32, confident: bool, indptr: usize, indices: usize, values: usize, y: usize, g0: usize, b0: usize, lambda: f64, power: f64, noise: usize, w: usize, evaluate: bool, stats: usize, work: usize',
      'void',
    ],
    ratingSteps: [
      'rows: i32, k: i32, kp: i32, indptr: usize, indices: usize, values: usize, y: usize, g0: usize, lambda: f64, power: f64, steps: i32, tolerance: f64, w: usize, evaluate: bool, stats: usize, work: usize',
      'void',
    ],
    ratingBiases: [
      'rows: i32, indptr: usize, indices: usize, values: usize, mu: f64, damping: f64, other: usize, b: usize',
      'void',
    ],
    ratingResiduals: [
      'rows: i32, indptr: usize, indices: usize, values: usize, mu: f64, other: usize, b: usize',
      'void',
    ],
  },
  'kernels/transpose': {
    transposeFill: [
      'first: i32, rows: i32, indptr: usize, indices: usize, data: usize, indptrT: usize, indicesT: usize, dataT: usize',
      'void',
    ],
  },
  'kernels/project': {
    project: [
      'rows: i32, k: i32, kp: i32, w: usize, p: usize, g: usize, l1: T, l2: T, sweeps: i32, tolerance: T, done: usize, work: usize',
      'i32',
    ],
  },
  'kernels/online': {
    gatherPower: ['n: i32, power: f64, h: usize, num: usize, sum: usize', 'void'],
    powerRatio: ['n: i32, gamma: f64, l1: T, l2: T, h: usize, num: usize, den: usize', 'void'],
  },
  'kernels/pad': {
    pad: ['rows: i32, k: i32, kp: i32, alpha: f64, a: usize, rs: i32, cs: i32, out: usize', 'void'],
    unpad: ['rows: i32, k: i32, kp: i32, alpha: f64, a: usize, out: usize, rs: i32, cs: i32', 'void'],
    absolute: ['x: usize, n: i32', 'void'],
  },
  'kernels/scan': {
    scan: ['rows: i32, columns: i32, ld: i32, least: f64, a: usize, out: usize', 'i32'],
    countBad: ['rows: i32, columns: i32, ld: i32, least: f64, a: usize', 'i32'],
  },
  'kernels/moments': {
    moments: ['rows: i32, columns: i32, ld: i32, a: usize, shift: usize, sums: usize, squares: usize', 'void'],
    csrMoments: [
      'n: i32, indices: usize, data: usize, shift: usize, sums: usize, squares: usize, counts: usize',
      'void',
    ],
    subtractRow: ['rows: i32, columns: i32, ld: i32, a: usize, shift: usize', 'void'],
  },
  'kernels/kl': {
    klGather: [
      'rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, w: usize, ht: usize, num: usize',
      'void',
    ],
    klScatter: [
      'rows: i32, m: i32, kp: i32, indptr: usize, indices: usize, x: usize, lx: i32, w: usize, ht: usize, num: usize',
      'void',
    ],
  },
  'kernels/beta': {
    ratioRows: [
      'rows: i32, k: i32, kp: i32, gamma: f64, l1: T, l2: T, from: i32, to: i32, w: usize, num: usize, den: usize, own: i32',
      'void',
    ],
    multiplicative: [
      'rows: i32, m: i32, k: i32, kp: i32, beta: f64, gamma: f64, l1: T, l2: T, from: i32, to: i32, indptr: usize, indices: usize, x: usize, ld: i32, outIndptr: usize, outIndices: usize, w: usize, ht: usize, numH: usize, denH: usize, work: usize',
      'void',
    ],
    betaLoss: [
      'rows: i32, m: i32, kp: i32, beta: f64, indptr: usize, indices: usize, x: usize, ld: i32, outIndptr: usize, outIndices: usize, w: usize, ht: usize',
      'f64',
    ],
  },
}

const imports = []
const wrappers = []
for (const [file, functions] of Object.entries(kernels)) {
  const space = `${file.split('/')[1]}Kernels`
  imports.push(`import * as ${space} from './${file}'`)
  for (const [name, [parameters, result]] of Object.entries(functions)) {
    const args = parameters
      .split(', ')
      .map(p => p.split(':')[0])
      .join(', ')
    for (const type of ['f32', 'f64']) {
      const typed = parameters.replaceAll(': T', `: ${type}`)
      const call = `${space}.${name}<${type}>(${args})`
      wrappers.push(
        `export function ${name}_${type}(${typed}): ${result} {\n  ${result === 'void' ? '' : 'return '}${call}\n}`,
      )
    }
  }
}
const text = `// Written by scripts/kernels.mjs: do not edit. The typed wrappers of the generic kernels.
${imports.join('\n')}

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

${wrappers.join('\n\n')}
`
writeFileSync('assembly/index.ts', text)
