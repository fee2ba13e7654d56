import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assertRoom, freeBytesAt } from './room.ts'

const MIB: number = 1024 * 1024

describe(freeBytesAt, () => {
  it('tells the room of a folder, and that there is no folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'room-'))
    expect(freeBytesAt(folder)).toBeGreaterThan(0)
    await rm(folder, { recursive: true })
    expect(() => freeBytesAt(folder)).toThrow(expect.objectContaining({ code: 'STORE_IO' }))
  })
})

describe(assertRoom, () => {
  it('wants several times what is written, and some to open with', async () => {
    await assertRoom(() => 20 * MIB, MIB)
    await expect(assertRoom(async () => 20 * MIB - 1, MIB)).rejects.toMatchObject({ code: 'STORE_FULL' })
  })
})
