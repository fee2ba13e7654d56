import type { Observable } from '@intelmesh/stix'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { observableKey } from '../store/observable-keys.ts'
import { fingerprintOf } from '../store/sidecar/fingerprint.ts'
import { filterBytes } from './filter-format.ts'
import { sidecarOf } from './testing/filter-of.ts'
import { hasFingerprint, mayHaveLow } from './fingerprint-index.ts'
import { readFilter, type ValueFilter } from './value-filter.ts'

const NEVER = new AbortController().signal
const CLEAR = 1
const GREEN = 2

const names = fc.uniqueArray(fc.nat(1000), { maxLength: 60 })

describe(readFilter, () => {
  it('knows the values of a sidecar under the labels asked for, and hardly others', async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 2000 }), async (numbers, size) => {
        const filter = await readFilter(inPieces(await bytesOf(numbers.map(nameOf)), size))
        for (let i = 0; i < 1000; i += 7) expect(has(filter, nameOf(i))).toBe(numbers.includes(i))
        for (const number of numbers) expect(has(filter, nameOf(number))).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('says which lengths of networks are in use', async () => {
    const networks = ['10.0.0.0/8', '0.0.0.0/0', '192.0.2.0/31', '2001:db8::/32', '::/0', '2001:db8::/127']
    const filter = await readFilter(
      inPieces(await bytesOf(networks.map((value) => ({ type: 'cidr', value }))), 9),
    )
    expect(filter.lengths).toEqual({ 4: [31, 8, 0], 6: [127, 32, 0] })
  })

  it('holds nothing of labels that were not asked for: not a byte differs', async () => {
    const clear = sidecarOf([nameOf(1), nameOf(2), { type: 'cidr', value: '10.0.0.0/8' }], CLEAR)
    const both = sidecarOf([nameOf(1), nameOf(2), { type: 'cidr', value: '10.0.0.0/8' }], CLEAR | GREEN)
    for (let i = 3; i < 500; i++) addTo(both, nameOf(i), GREEN)
    addTo(both, { type: 'cidr', value: '192.0.2.0/24' }, GREEN)
    const [expected, shown] = await Promise.all(
      [clear, both].map(async (each) =>
        Buffer.concat(await Array.fromAsync(filterBytes(each, CLEAR, NEVER))),
      ),
    )
    expect(shown).toEqual(expected)
  })

  it('takes nothing else for a filter', async () => {
    const whole = await bytesOf([1, 2, 3].map(nameOf))
    const swapped = Buffer.from(whole)
    whole.copy(swapped, 68, 76, 84)
    whole.copy(swapped, 76, 68, 76)
    const huge = Buffer.from(whole)
    huge.writeUInt32LE(2 ** 31, 36)
    const wrong = [
      Buffer.alloc(0),
      whole.subarray(0, 67),
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.alloc(8, 0xff)]),
      Buffer.concat([Buffer.from('x'), whole.subarray(1)]),
      swapped,
      huge,
    ]
    for (const bytes of wrong)
      await expect(readFilter(inPieces(bytes, 50))).rejects.toMatchObject({ code: 'MATCH_FILTER_DAMAGED' })
    await expect(readFilter(inPieces(whole, 50))).resolves.toBeDefined()
  })
})

function nameOf(number: number): Observable {
  return { type: 'domain', value: `n${number}.example` }
}

function addTo(sidecar: ReturnType<typeof sidecarOf>, value: Observable, labels: number): void {
  sidecar.change(observableKey(value, sidecar.key), 0, labels)
}

async function bytesOf(values: readonly Observable[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(filterBytes(sidecarOf(values), CLEAR, NEVER)))
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function has(filter: ValueFilter, value: Observable): boolean {
  const words = new Uint32Array(2)
  fingerprintOf(filter.key, value, words)
  const [low = 0, high = 0] = words
  return mayHaveLow(filter.values, low) && hasFingerprint(filter.values, low, high)
}
