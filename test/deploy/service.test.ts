import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { intelmesh } from '../e2e/intelmesh.ts'
import { findTool } from './find-tool.ts'
import { startProcess } from './start-process.ts'

const PROGRAM = fileURLToPath(new URL('../../intelmesh', import.meta.url))
const analyze = findTool('systemd-analyze')
/** As `systemd-analyze security` counts: 0 is a service that can do nothing, 10 one that can do all. */
const MAX_EXPOSURE = 1.5

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intelmesh-service-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('service print', () => {
  for (const [name, flags] of [
    ['member', []],
    ['aco', ['--aco', '--passphrase-file', '/etc/intelmesh/passphrase']],
  ] as const) {
    it.skipIf(analyze === undefined)(
      `gives a unit for a ${name} that systemd takes and finds closed`,
      async () => {
        const unit = join(folder, `${name}.service`)
        const { out } = await intelmesh([
          'service',
          'print',
          ...flags,
          '--home',
          '/var/lib/intelmesh',
          '--exec',
          '/bin/sh',
        ])
        await writeFile(unit, out)
        const run = (...args: readonly string[]) => promisify(execFile)(analyze ?? '', [...args, unit])
        expect(await run('verify', '--man=no')).toEqual({ stdout: '', stderr: '' })
        const { stdout } = await run('security', '--offline=true', '--no-pager')
        const exposure = Number(/Overall exposure level for .*: (\d+\.\d+)/.exec(stdout)?.[1])
        console.log(`exposure of the unit for a ${name}: ${exposure}`)
        expect(exposure).toBeLessThanOrEqual(MAX_EXPOSURE)
      },
    )
  }

  it('starts a node that joined, and stops it cleanly', async () => {
    const [aco, member] = [join(folder, 'aco'), join(folder, 'member')]
    await intelmesh(['aco', 'init', '--name', 'ACO', '--cluster', 'finance.eu', '--key-file', '--home', aco])
    const listen = ['--listen', '/ip4/127.0.0.1/tcp/0']
    await using _aco = await startProcess(PROGRAM, ['aco', 'serve', '--local', ...listen, '--home', aco], {
      INTELMESH_ENROLMENT_PORT: '0',
    })
    const invite = await intelmesh(['aco', 'invite', '--local', '--org', 'Bank A', '--json', '--home', aco])
    const { invite: line } = JSON.parse(invite.out) as { readonly invite: string }
    expect((await intelmesh(['join', line, ...listen, '--home', member])).exit).toBe(0)

    const { out } = await intelmesh(['service', 'print', '--home', member])
    const [program = '', ...args] = (/^ExecStart=(.*)$/m.exec(out)?.[1] ?? '').split(' ')
    // What a checkout clears away by itself is nothing that a service can rely on.
    expect(args).toContain(fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url)))
    await using service = await startProcess(program, args)
    const status = await intelmesh(['status', '--json', '--home', member])
    expect(JSON.parse(status.out)).toMatchObject({ isRunning: true, pid: service.pid })
    expect(await service.stop('SIGTERM')).toBe(0)
  })
})
