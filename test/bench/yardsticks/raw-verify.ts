import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** A signed message of the size of a record, for as often as it is to be verified. */
interface Signed {
  readonly publicKey: KeyObject
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

const MESSAGE_BYTES = 700

/** Verifies one Ed25519 signature after the other on this thread. @returns signatures per second */
export function verifyRate(count: number): number {
  const { publicKey, message, signature } = signed()
  const startedAt = performance.now()
  for (let i = 0; i < count; i++) verify(null, message, publicKey, signature)
  return (count / (performance.now() - startedAt)) * 1000
}

/** As {@link verifyRate}, on `threads` threads at a time, each of which verifies `count`. @returns signatures per second of them all */
export async function verifyRateOf(threads: number, count: number): Promise<number> {
  const workers = Array.from({ length: threads }, () => new Worker(WORKER, { eval: true, workerData: count }))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const startedAt = performance.now()
  const ended = workers.map((worker) => once(worker, 'message'))
  for (const worker of workers) worker.postMessage('start')
  await Promise.all(ended)
  const seconds = (performance.now() - startedAt) / 1000
  await Promise.all(workers.map((worker) => worker.terminate()))
  return (threads * count) / seconds
}

function signed(): Signed {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const message = new Uint8Array(MESSAGE_BYTES)
  return { publicKey, message, signature: sign(null, message, privateKey) }
}

const WORKER = `
const { generateKeyPairSync, sign, verify } = require('node:crypto')
const { parentPort, workerData: count } = require('node:worker_threads')
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const message = new Uint8Array(${MESSAGE_BYTES})
const signature = sign(null, message, privateKey)
for (let i = 0; i < 200; i++) verify(null, message, publicKey, signature)
parentPort.once('message', () => {
  for (let i = 0; i < count; i++) verify(null, message, publicKey, signature)
  parentPort.postMessage('done')
})
parentPort.postMessage('ready')
`
