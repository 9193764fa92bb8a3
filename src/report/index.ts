export { nmfReport, type NmfReport } from './html.js'
export { metagenesReport, rankTable, type MetagenesReport } from './metagenes.js'
export { shares, topFeatures } from './page.js'
