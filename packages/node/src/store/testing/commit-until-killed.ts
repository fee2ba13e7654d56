import { openStore } from '../open-store.ts'
import { hashOf, sampleHeader, sampleRecord } from './sample-rows.ts'

/** Commits batches of three records with their header, a few at a time, and prints the number of each once it is on disk. */
const [path = '', first = '0'] = process.argv.slice(2)
const store = await openStore({ path })

let next = Number(first)
async function commitForEver(): Promise<never> {
  for (;;) {
    const batch = next++
    const records = [0, 1, 2].map((i) => sampleRecord(batch * 3 + i, { header: hashOf(`batch ${batch}`) }))
    const headers = [sampleHeader(`batch ${batch}`, { seq: batch, leafHashes: records.map(({ id }) => id) })]
    await store.commit({ headers, records }, { sync: true })
    process.stdout.write(`${batch}\n`)
  }
}
await Promise.all([commitForEver(), commitForEver(), commitForEver()])
