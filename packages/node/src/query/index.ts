export { lookupValues, mayShow, type QueryComponents } from './lookup.ts'
export { exportRecords, listRecords, showRecord } from './records.ts'
export { isoTime, viewOf } from './views.ts'
