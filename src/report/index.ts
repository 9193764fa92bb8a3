export { nmfReport, type NmfReport } from './html.js'
export { jointReport, type JointReport, viewColumns, viewComponents } from './joint.js'
export { metagenesReport, rankTable, type MetagenesReport } from './metagenes.js'
export { shares, topFeatures } from './page.js'
