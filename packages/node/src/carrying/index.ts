export { hourCounts } from './hour-counts.ts'
export { readFile, type ReadFileComponents } from './read-file.ts'
export { writeFile, type WriteFileComponents } from './write-file.ts'
