import type { Bench } from './row.ts'
import { p09 } from './rows/p09-indexes.ts'
import { p10 } from './rows/p10-look-up.ts'
import { p13 } from './rows/p13-disk.ts'
import { p14 } from './rows/p14-memory.ts'
import { p15 } from './rows/p15-growth.ts'

/** All benches, in the order of the table. */
export const BENCHES: readonly Bench[] = [p09, p10, p13, p14, ...p15]
