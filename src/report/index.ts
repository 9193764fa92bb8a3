export { nmfReport, shares, topFeatures, type NmfReport } from './html.js'
