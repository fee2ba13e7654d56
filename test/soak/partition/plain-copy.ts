import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { Level } from 'level'

/** How long it takes to send texts over loopback TCP and to write them into a LevelDB, once, without a look at what they are: ms. */
export async function plainCopyMs(folder: string, texts: readonly string[]): Promise<number> {
  const level = new Level<string, string>(join(folder, `copy-${Date.now()}`))
  await level.open()
  const startedAt = performance.now()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const lines: string[] = []
    let rest = ''
    socket.setEncoding('utf8').on('data', (data: string) => {
      const parts = (rest + data).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts)
    })
    socket.on('end', () => void write(lines).then(() => socket.end('done')))
  })

  async function write(lines: readonly string[]): Promise<void> {
    for (let at = 0; at < lines.length; at += STEP) {
      const step = lines.slice(at, at + STEP)
      await level.batch(
        step.map((value, i) => ({ type: 'put', key: String(at + i).padStart(9, '0'), value })),
        { sync: true },
      )
    }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.end(texts.map((text) => `${text}\n`).join(''))
  client.resume()
  await once(client, 'close')
  const ms = performance.now() - startedAt
  server.close()
  await level.close()
  return Math.round(ms)
}

const STEP = 1000
