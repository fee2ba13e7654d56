import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeFolder } from './take-folder.ts'

describe(takeFolder, () => {
  let base = ''
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'intelmesh-test-'))
  })
  afterEach(() => rm(base, { recursive: true }))

  it('makes the folder and removes it at the end', async () => {
    const scratch = join(base, 'new', 'homes')
    {
      await using folder = await takeFolder({ scratch, keep: false })
      await writeFile(join(folder.path, 'something'), '')
    }
    expect(existsSync(scratch)).toBe(false)
  })

  it('leaves it when it is to be kept', async () => {
    const scratch = join(base, 'homes')
    {
      await using _folder = await takeFolder({ scratch, keep: true })
    }
    expect(existsSync(scratch)).toBe(true)
  })

  it('takes no folder in which something lies, and removes nothing of it', async () => {
    const file = join(base, 'precious')
    await writeFile(file, '')
    await expect(takeFolder({ scratch: base, keep: false })).rejects.toMatchObject({
      code: 'DEMO_FOLDER_TAKEN',
    })
    expect(existsSync(file)).toBe(true)
  })
})
