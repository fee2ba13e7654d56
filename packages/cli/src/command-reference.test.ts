import { describe, expect, it } from 'vitest'
import { formatConfig } from '../../node/src/config/format-config.ts'
import { commandReference } from './command-reference.ts'
import { commands } from './commands/index.ts'

describe(commandReference, () => {
  it('is what docs/guide/command-line.md holds; vitest -u writes it anew', async () => {
    const path = new URL('../../../docs/guide/command-line.md', import.meta.url)
    await expect(commandReference(commands, formatConfig())).toMatchFileSnapshot(path.pathname)
  })
})
