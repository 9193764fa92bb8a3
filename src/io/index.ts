export { decodeNpy, encodeNpy, type NpyArray, type NpyData } from '../core/codecs/npy.js'
export { readCsv, writeCsv, type CsvOptions, type Table } from './csv.js'
export { readMatrixMarket, writeMatrixMarket, type MatrixMarketOptions } from './matrix-market.js'
