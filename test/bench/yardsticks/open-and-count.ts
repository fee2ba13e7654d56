import { countRows, openRaw } from './raw-level.ts'

// A process of its own: opens the LevelDB of its argument, counts its rows, and says how long that took, in ms.
const startedAt = performance.now()
const level = await openRaw(process.argv[2] ?? '')
const rows = await countRows(level)
process.send?.({ ms: performance.now() - startedAt, rows })
await level.close()
process.disconnect?.()
