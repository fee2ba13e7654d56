import { readFile, truncate, writeFile } from 'node:fs/promises'
import { homePaths, loadConfig, startNode } from '@intelmesh/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stixOf, textOf } from '../support/forge.ts'
import { type Mesh, startMesh } from '../support/mesh.ts'

let mesh: Mesh
beforeAll(async () => {
  mesh = await startMesh({ members: ['alpha'] })
})
afterAll(() => mesh?.[Symbol.asyncDispose]())

describe('a home of which a file was half written', () => {
  it.for([
    ['node key', 'nodeKey', 'HOME_DAMAGED'],
    ['membership', 'certificates', 'HOME_DAMAGED'],
  ] as const)(
    'is not opened when it is the %s, and is as before once the file is back',
    async ([, file, code]) => {
      const path = homePaths(mesh.home('alpha'))[file]
      const record = await publishOne()
      await mesh.stop('alpha')
      const whole = await readFile(path)
      for (const length of [0, 1, whole.length >> 1, whole.length - 2]) {
        await truncate(path, length)
        await expect(startNode(mesh.access('alpha')), `${length} bytes`).rejects.toMatchObject({ code })
        await writeFile(path, whole)
      }
      await mesh.start('alpha')
      await mesh.node('alpha').api.show(record)
    },
  )

  it('names the place when it is the settings', async () => {
    const { config: path } = homePaths(mesh.home('alpha'))
    const text = '[network]\nlisten = ["/ip4/0.0.0.0/tcp/46'
    expect(() => loadConfig({ environment: {}, file: { text, path } })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(path) }),
    )
  })

  it('is opened beside what a crash left of a file that was being replaced', async () => {
    const home = await mesh.enrol({ name: 'crashed' })
    const { certificates } = homePaths(home)
    await writeFile(`${certificates}.0123456789ab.tmp`, (await readFile(certificates)).subarray(0, 100))
    await mesh.start('crashed')
    await mesh.stop('crashed')
  })
})

describe('a half-written input', () => {
  it('is refused at its place, and the rest is published', async () => {
    const whole = textOf(stixOf())
    const objects = [
      { where: 'first', text: textOf(stixOf()) },
      { where: 'broken', text: whole.slice(0, whole.length >> 1) },
      { where: 'last', text: textOf(stixOf()) },
    ]
    const { published, refused } = await mesh.node('alpha').api.publish({ tlp: 'green', objects })
    expect(published.map(({ where }) => where)).toEqual(['first', 'last'])
    expect(refused).toMatchObject([{ where: 'broken', code: 'JSON_SYNTAX' }])
    for (const { record } of published) await mesh.node('alpha').api.show(record)
  })
})

async function publishOne(): Promise<string> {
  const objects = [{ where: '1', text: textOf(stixOf()) }]
  const { published } = await mesh.node('alpha').api.publish({ tlp: 'green', objects })
  return published[0]?.record as string
}
