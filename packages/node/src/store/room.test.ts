import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assertRoom, createRoomCheck, freeBytesAt } from './room.ts'

const MIB: number = 1024 * 1024

describe(freeBytesAt, () => {
  it('tells the room of a folder, and that there is no folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'room-'))
    expect(await freeBytesAt(folder)).toBeGreaterThan(0)
    await rm(folder, { recursive: true })
    await expect(freeBytesAt(folder)).rejects.toMatchObject({ code: 'STORE_IO' })
  })
})

describe(assertRoom, () => {
  it('wants several times what is written, and some to open with', async () => {
    expect(await assertRoom(async () => 12 * MIB, MIB)).toBe(0)
    await expect(assertRoom(async () => 12 * MIB - 1, MIB)).rejects.toMatchObject({ code: 'STORE_FULL' })
  })
})

describe(createRoomCheck, () => {
  it('looks once for some dozen small writes, and for every large one', async () => {
    let looks = 0
    const check = createRoomCheck(async () => {
      looks += 1
      return 1024 * MIB
    })
    for (let i = 0; i < 64; i++) await check(1_000)
    expect(looks).toBe(1)
    await check(1_000)
    expect(looks).toBe(2)
    for (let i = 0; i < 3; i++) await check(4 * MIB)
    expect(looks).toBe(5)
  })

  it('looks at every write where there is little room, and again after a refusal', async () => {
    let free = 8 * MIB + 12_000
    const check = createRoomCheck(async () => free)
    await check(2_000)
    free = 0
    await expect(check(2_000)).rejects.toMatchObject({ code: 'STORE_FULL' })
    await expect(check(1)).rejects.toMatchObject({ code: 'STORE_FULL' })
    free = 9 * MIB
    await check(2_000)
  })
})
