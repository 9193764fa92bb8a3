// Symmetric matrices without their diagonal, as SciPy holds distances: (0, 1), (0, 2), .. (0, n - 1), (1, 2), ..

/** How many pairs n things make. */
export const pairsOf = (n: number): number => (n * (n - 1)) / 2

/** Where the pair of i and j is, i !== j. */
export const pairAt = (n: number, i: number, j: number): number =>
  i < j ? n * i - (i * (i + 1)) / 2 + j - i - 1 : n * j - (j * (j + 1)) / 2 + i - j - 1
