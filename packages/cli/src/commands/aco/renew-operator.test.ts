import { describe, expect, it } from 'vitest'
import { runTest } from '../../testing/test-context.ts'
import { renewOperatorCommand } from './renew-operator.ts'

describe(renewOperatorCommand.name, () => {
  it('asks once for the passphrase of both keys, and names the end of the certificate', async () => {
    const asked: unknown[] = []
    const { exit, out } = await runTest(
      ['aco', 'renew-operator', '--root-key', '/stick/root.key', '--home', '/aco'],
      {
        answers: ['sesame', 'not asked'],
        node: {
          async renewOperator({ home, rootKey, days, passphrase, rootPassphrase }) {
            asked.push(home, rootKey, days, await rootPassphrase(), await passphrase())
            return { expires: '2031-01-01T00:00:00.000Z' }
          },
        },
      },
    )
    const sesame = new TextEncoder().encode('sesame')
    expect(asked).toEqual(['/aco', '/stick/root.key', 365, sesame, sesame])
    expect({ exit, out }).toEqual({
      exit: 0,
      out: 'the operator certificate is valid until 2031-01-01 00:00. Put the root key away.\n',
    })
  })

  it('takes no certificate that ends before it begins', async () => {
    expect((await runTest(['aco', 'renew-operator', '--days', '0'])).exit).toBe(2)
  })
})
