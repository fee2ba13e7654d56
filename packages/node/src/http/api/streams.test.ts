import { MeshError } from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeApi, NodeStatus, RecordView } from '../../api.ts'
import type { SyncImportReport, VerifyProgress } from '../../care-api.ts'
import { LOCAL } from '../../caller.ts'
import { ApiError } from '../../errors.ts'
import { createMetrics, SILENT_LOGGER } from '../../observe/index.ts'
import { createApiClient } from './api-client.ts'
import { type ApiServer, startApi } from './start-api.ts'

const TOKEN = 'a'.repeat(43)
const record = { record: 'ab'.repeat(32), sequence: 7, summary: 'one\n\ntwo' } as RecordView

const node = {
  async *backup() {
    yield new Uint8Array([1, 2, 3])
    yield new Uint8Array(100_000).fill(7)
  },
  async *tail(signal: AbortSignal) {
    yield record
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
} as unknown as NodeApi

let server: ApiServer
beforeAll(async () => {
  server = await serve({})
})
afterAll(() => server[Symbol.asyncDispose]())

function serve(over: Partial<NodeApi>): Promise<ApiServer> {
  const components = {
    apiFor: () => ({ ...node, ...over }),
    authenticate: (token: string) => (token === TOKEN ? LOCAL : undefined),
    refused: () => {},
    metrics: createMetrics(() => 0),
    logger: SILENT_LOGGER,
  }
  return startApi(components, { host: '127.0.0.1', port: 0 })
}

function client(at: ApiServer = server): NodeApi {
  return createApiClient({ apiAddress: at.address, token: TOKEN })
}

function never(): AbortSignal {
  return new AbortController().signal
}

describe(createApiClient, () => {
  it('carries a backup byte by byte', async () => {
    const chunks = await Array.fromAsync(client().backup(never()))
    const bytes = Buffer.concat(chunks)
    expect(bytes.length).toBe(100_003)
    expect([...bytes.subarray(0, 4)]).toEqual([1, 2, 3, 7])
  })

  it('takes no part of a backup for the whole', async () => {
    await using cut = await serve({
      async *backup() {
        yield new Uint8Array(10)
        throw new Error('the disk')
      },
    })
    const chunks = client(cut).backup(never())
    await expect(Array.fromAsync(chunks)).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
  })

  it('says in words why a backup does not begin', async () => {
    await using other = await serve({
      backup: () => {
        throw new ApiError('AUDIT_FAILED', 'no')
      },
    })
    const chunks = client(other).backup(never())
    await expect(Array.fromAsync(chunks)).rejects.toMatchObject({ code: 'AUDIT_FAILED' })
  })

  it('carries a file either way: what it is asked for with, its bytes, and the report', async () => {
    const got: unknown[] = []
    await using other = await serve({
      async *syncExport(request) {
        got.push(request)
        yield new Uint8Array([1, 2])
        yield new Uint8Array(70_000).fill(3)
      },
      async syncImport(file) {
        let length = 0
        for await (const piece of file) length += piece.length
        got.push(length)
        return { isWhole: true } as SyncImportReport
      },
    })
    const since = '2030-01-31T12:00:00.000Z'
    const file = client(other).syncExport({ since }, never())
    expect(await client(other).syncImport(file, never())).toEqual({ isWhole: true })
    await Array.fromAsync(client(other).syncExport({}, never()))
    expect(got).toEqual([{ since }, 70_002, {}])
    const wrong = client(other).syncExport({ since: 'yesterday' }, never())
    await expect(Array.fromAsync(wrong)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
  })

  it('says how far a check of the store is, and how it failed', async () => {
    await using other = await serve({
      async *verifyStore() {
        yield { rows: 5, isDone: false }
        throw new MeshError('STORE_DAMAGED', 'a row')
      },
    })
    const seen: VerifyProgress[] = []
    const check = (async () => {
      for await (const each of client(other).verifyStore(never())) seen.push(each)
    })()
    await expect(check).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(seen).toEqual([{ rows: 5, isDone: false }])
  })

  it('streams records, and ends with its signal', async () => {
    const stop = new AbortController()
    const seen: RecordView[] = []
    for await (const arrived of client().tail(stop.signal)) {
      seen.push(arrived)
      stop.abort()
    }
    expect(seen).toEqual([record])
  })

  it('ends what is behind a stream when its reader goes', async () => {
    const ended = Promise.withResolvers<void>()
    await using other = await serve({
      async *tail(signal: AbortSignal) {
        try {
          yield record
          yield record
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        } finally {
          ended.resolve()
        }
      },
    })
    for await (const arrived of client(other).tail(never())) {
      expect(arrived).toEqual(record)
      break
    }
    await ended.promise
  })

  it('streams until the server stops', async () => {
    const other = await serve({})
    const records = client(other).tail(never())[Symbol.asyncIterator]()
    expect((await records.next()).value).toEqual(record)
    const rest = records.next().then(
      ({ done }) => done,
      () => true,
    )
    await other[Symbol.asyncDispose]()
    expect(await rest).toBe(true)
  })
})

describe(startApi, () => {
  it('answers what was asked before it stops', async () => {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<object>()
    const stopping = await serve({
      status: () => {
        asked.resolve()
        return answer.promise as Promise<NodeStatus>
      },
    })
    const status = client(stopping).status()
    await asked.promise
    const stopped = stopping[Symbol.asyncDispose]()
    answer.resolve({ records: 3 })
    await expect(status).resolves.toEqual({ records: 3 })
    await stopped
  })
})
