import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { change, EMPTY_SET, entryOf } from '../../../../test/protocol/trees.ts'
import { portableCrypto } from '../crypto/index.ts'
import { aboveFloor } from './above-floor.ts'
import { summarise } from './tree.ts'

const HOUR = 499_656
const hour = fc.integer({ min: HOUR - 900, max: HOUR + 900 })
const entries = fc.uniqueArray(fc.record({ hour, number: fc.nat(9999) }), {
  selector: ({ number }) => number,
  maxLength: 60,
})

describe(aboveFloor, () => {
  it('reads the tree of what the set has from that hour on, node by node', async () => {
    await fc.assert(
      fc.asyncProperty(entries, hour, async (list, floor) => {
        const all = list.map((each) => entryOf(each.hour, each.number))
        const set = await change(EMPTY_SET, all)
        const rest = await change(
          EMPTY_SET,
          all.filter((entry) => entry.hour >= floor),
        )
        const read = aboveFloor(portableCrypto, set.read, floor)
        for (const path of new Set([...set.nodes.keys(), ...rest.nodes.keys()]))
          expect(await read(path), path).toEqual(rest.nodes.get(path))
        expect(summarise(portableCrypto, await read(''))).toEqual(rest.root)
      }),
    )
  })

  it('reads the whole tree where nothing is left out', async () => {
    const set = await change(EMPTY_SET, [entryOf(0, 1), entryOf(HOUR, 2)])
    expect(aboveFloor(portableCrypto, set.read, 0)).toBe(set.read)
  })
})
