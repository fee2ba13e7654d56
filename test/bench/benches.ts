import type { Bench } from './row.ts'
import { hostileCases } from './rows/hostile-cases.ts'
import { hostile } from './rows/hostile.ts'
import { p01 } from './rows/p01-propagation.ts'
import { p02 } from './rows/p02-gossip.ts'
import { p03 } from './rows/p03-ingest.ts'
import { p04 } from './rows/p04-single-records.ts'
import { p05, p06 } from './rows/p05-p06-scattered.ts'
import { p07 } from './rows/p07-outage.ts'
import { p08 } from './rows/p08-nothing.ts'
import { p09 } from './rows/p09-indexes.ts'
import { p10 } from './rows/p10-look-up.ts'
import { p11 } from './rows/p11-match.ts'
import { p12 } from './rows/p12-codec.ts'
import { p13 } from './rows/p13-disk.ts'
import { p14 } from './rows/p14-memory.ts'
import { p15 } from './rows/p15-growth.ts'

/** All benches, in the order of the table. */
export const BENCHES: readonly Bench[] = [
  p01,
  p02,
  p03,
  p04,
  p05,
  p06,
  p07,
  p08,
  p09,
  p10,
  p11,
  p12,
  p13,
  p14,
  ...p15,
  hostile,
  hostileCases,
]
