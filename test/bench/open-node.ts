import { openBenchNode } from './bench-node.ts'
import { makeCast, NOW } from './corpus/cast.ts'

// A process of its own: opens the node of its argument until it could answer, and says how long that took, in ms.
const { path, seed } = JSON.parse(process.argv[2] ?? '') as { readonly path: string; readonly seed: string }
const cast = await makeCast(seed)
const startedAt = performance.now()
const node = await openBenchNode({ ...cast, now: NOW }, path)
process.send?.({ ms: performance.now() - startedAt })
await node[Symbol.asyncDispose]()
process.disconnect?.()
