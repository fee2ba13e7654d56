import { describe, expect, it } from 'vitest'
import { enterServiceEnvironment } from './enter-service-environment.ts'
import { inServiceEnvironment, SERVICE_ENVIRONMENT } from './service-environment.ts'

/** What a process is started anew with, if it is. */
function startedWith(
  words: readonly string[],
  given: { readonly env?: NodeJS.ProcessEnv; readonly channel?: object } = {},
) {
  const started: unknown[][] = []
  enterServiceEnvironment(words, {
    argv: ['/node', '/intelmesh', ...words],
    execPath: '/node',
    platform: 'linux',
    execArgv: ['--conditions=source'],
    env: given.env ?? { HOME: '/h' },
    channel: given.channel,
    execve: (...call) => {
      started.push(call)
      return undefined as never
    },
  })
  return started
}

describe(enterServiceEnvironment, () => {
  it('starts a node anew with all that it was started with, and what services have', () => {
    const environment = { HOME: '/h', ...SERVICE_ENVIRONMENT }
    for (const words of [
      ['run', '--json'],
      ['aco', 'serve'],
    ])
      expect(startedWith(words)).toEqual([
        ['/node', ['/node', '--conditions=source', '/intelmesh', ...words], environment],
      ])
  })

  it('lets alone what is no node, what has that environment, and what has a channel to its parent', () => {
    expect(startedWith(['lookup', 'run'])).toEqual([])
    expect(startedWith(['run'], { env: { ...SERVICE_ENVIRONMENT } })).toEqual([])
    expect(startedWith(['run'], { channel: {} })).toEqual([])
  })

  it('starts it once, whatever the environment says', () => {
    for (const env of [
      {},
      { MALLOC_ARENA_MAX: '8' },
      { NODE_OPTIONS: '--max_semi_space_size=32' },
      { NODE_OPTIONS: '--no-warnings' },
    ]) {
      const next = inServiceEnvironment(env)
      expect(next).toMatchObject(env.NODE_OPTIONS === '--no-warnings' ? {} : env)
      expect(startedWith(['run'], { env: { ...next } })).toEqual([])
    }
  })
})
