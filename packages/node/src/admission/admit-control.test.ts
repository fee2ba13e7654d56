import type { ControlObject } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import type { ControlVerdict } from '../trust/index.ts'
import { createControlDoor } from './admit-control.ts'

const MIB = 1024 * 1024
const PEER = { kind: 'peer', node: 'a' } as const

function beacon(bytes: number): ControlObject {
  return { kind: 'beacon', bytes: new Uint8Array(bytes) }
}

function doorOver(verdict: ControlVerdict): { admit: ReturnType<typeof createControlDoor>; asked: number[] } {
  const asked: number[] = []
  const trust = {
    admit: async (objects: readonly ControlObject[]) => {
      asked.push(objects.length)
      return objects.map(() => verdict)
    },
  }
  return { admit: createControlDoor(trust, () => 0), asked }
}

describe(createControlDoor, () => {
  it('has a peer pay for what is not accepted, until it has nothing left, and nobody else', async () => {
    const { admit, asked } = doorOver({ action: 'reject', code: 'COSE_SIGNATURE_INVALID' })
    const objects = Array.from({ length: 5 }, () => beacon(MIB))
    const codes = (await admit(objects, PEER)).map(({ code }) => code)
    expect(codes).toEqual([...Array<string>(4).fill('COSE_SIGNATURE_INVALID'), 'QUOTA'])
    expect(asked).toEqual([4])
    for (const source of [
      { kind: 'peer', node: 'b' },
      { kind: 'asked', node: 'a' },
      { kind: 'file' },
    ] as const)
      expect(await admit([beacon(MIB)], source)).toMatchObject([{ code: 'COSE_SIGNATURE_INVALID' }])
  })

  it('gives back what was paid for what is accepted', async () => {
    const { admit } = doorOver({ action: 'accept', code: 'ACCEPTED' })
    for (let i = 0; i < 10; i++)
      expect(await admit([beacon(MIB)], PEER)).toMatchObject([{ code: 'ACCEPTED' }])
  })
})
