import { dense, type Dense, type Entry, type Fitted } from 'latens'
import { writeCsv } from 'latens/io'
import type { Progress } from './progress.js'
import type { Data } from './readers.js'

/** A matrix and what its rows and columns are called. */
export interface Table {
  readonly matrix: Dense
  readonly rowNames: readonly string[]
  readonly columnNames: readonly string[]
}

/** How the report names the fit and, where it is known, the class of each row. */
export interface Heading {
  readonly title: string
  readonly classOf?: (rowName: string) => string
}

export interface Result<M> {
  readonly model: M
  readonly data: Data
}

/** How a fit ended: for programs, in a line of text, and whether it ran out of iterations. */
export interface Summary {
  readonly json: Readonly<Record<string, unknown>>
  readonly text: string
  readonly done: boolean
}

/** What the command of an estimator writes. */
export interface Description<M> {
  /** A call for its help, behind `latens`. */
  readonly example: string
  /** Tables by the name of their files, a .csv and a .npy each. */
  readonly tables: Readonly<Record<string, { of(result: Result<M>): Table }>>
  /** The page report.html. */
  report?(result: Result<M>, heading: Heading, progress: Progress): string
  summary(model: M): Summary
}

/** An estimator's entry in the registry with what its command writes. */
export interface Fits<M extends Fitted = Fitted> {
  readonly entry: Entry<M>
  readonly description: Description<M>
}

export const numbered = (count: number, word: string): string[] =>
  Array.from({ length: count }, (_, i) => `${word} ${i + 1}`)

export const csvOf = ({ matrix, rowNames, columnNames }: Table): string =>
  writeCsv({
    data: matrix.data,
    rows: matrix.shape[0],
    columns: matrix.shape[1],
    rowNames: [...rowNames],
    columnNames: [...columnNames],
  })

interface Factors {
  readonly embedding: Dense
  readonly components: Dense
}

/** W by rows of the data and H by their columns, with what their components are called. */
export const factorTables = <M extends Factors>(components: (model: M) => readonly string[]) => ({
  W: {
    of: ({ model, data }: Result<M>): Table => ({
      matrix: model.embedding,
      rowNames: data.rowNames,
      columnNames: components(model),
    }),
  },
  H: {
    of: ({ model, data }: Result<M>): Table => ({
      matrix: model.components,
      rowNames: components(model),
      columnNames: data.columnNames,
    }),
  },
})

/** What the columns of a model's embedding are called. */
export const componentNames = ({ embedding }: Pick<Factors, 'embedding'>): string[] =>
  numbered(embedding.shape[1], 'component')

/** A column of numbers. */
export const columnTable = (values: Float64Array, rowNames: readonly string[], columnName: string): Table => ({
  matrix: dense(values, [values.length, 1]),
  rowNames,
  columnNames: [columnName],
})
