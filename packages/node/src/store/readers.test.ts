import { describe, expect, it } from 'vitest'
import { createReaders } from './readers.ts'

describe(createReaders, () => {
  it('waits for those that were in, and for no others', async () => {
    const readers = createReaders()
    await readers.gone()
    const [leaveFirst, leaveSecond] = [readers.enter(), readers.enter()]
    const ended: string[] = []
    const gone = readers.gone().then(() => ended.push('first'))
    const leaveThird = readers.enter()
    const goneLater = readers.gone().then(() => ended.push('second'))
    leaveThird()
    leaveFirst()
    // Leaving twice is leaving once.
    leaveFirst()
    await Promise.resolve()
    expect(ended).toEqual([])
    leaveSecond()
    await Promise.all([gone, goneLater])
    expect(ended).toEqual(['first', 'second'])
    readers.enter()
    readers.enter()()
    await expect(Promise.race([readers.gone(), Promise.resolve('waits')])).resolves.toBe('waits')
  })
})
