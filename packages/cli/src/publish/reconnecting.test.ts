import { ApiError, type NodeApi, type PublishRequest } from '@intelmesh/node'
import { MeshError } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../connect.ts'
import type { CommandContext } from '../context.ts'
import { createFakePublisher } from '../testing/fake-publisher.ts'
import { reconnecting } from './reconnecting.ts'

const request: PublishRequest = { objects: [], tlp: 'green' }
const nobody = {
  publish: () => Promise.reject(new ApiError('API_UNREACHABLE', 'gone')),
} as unknown as NodeApi

/** A home whose node was started again, and answers at another port. */
function contextOf(api: object | undefined): CommandContext {
  const port = {
    homePaths: () => ({}),
    findOwner: () => Promise.resolve(api && { pid: 1, apiAddress: 'http://127.0.0.1:2', token: 't' }),
    createApiClient: () => api,
  }
  return { environment: {}, loadNode: () => Promise.resolve(port) } as unknown as CommandContext
}

function connection(api: NodeApi, isRunning: boolean): Connection {
  return { api, isRunning, [Symbol.asyncDispose]: () => Promise.resolve() }
}

describe(reconnecting, () => {
  it('asks the node at its new port the next time', async () => {
    const { api, published } = createFakePublisher()
    const work = reconnecting(connection(nobody, true), { home: 'h' }, contextOf(api))
    await expect(work.publish(request)).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
    await work.publish(request)
    expect(published).toEqual([request])
  })

  it('asks in the same place while there is no node', async () => {
    const work = reconnecting(connection(nobody, true), { home: 'h' }, contextOf(undefined))
    await expect(work.publish(request)).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
    await expect(work.publish(request)).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
  })

  it('leaves other faults, and a home of its own, alone', async () => {
    const { api, published } = createFakePublisher()
    const own = reconnecting(connection(nobody, false), { home: 'h' }, contextOf(api))
    await expect(own.publish(request)).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
    const refusing = {
      publish: () => Promise.reject(new MeshError('STORE_FULL', 'no')),
    } as unknown as NodeApi
    const full = reconnecting(connection(refusing, true), { home: 'h' }, contextOf(api))
    await expect(full.publish(request)).rejects.toMatchObject({ code: 'STORE_FULL' })
    await expect(full.publish(request)).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(published).toEqual([])
  })
})
