import { writeFile } from 'node:fs/promises'
import { concatBytes, fromHex, toHex } from '@intelmesh/protocol'
import {
  decodeAbout,
  decodeEnd,
  decodeItems,
  decodeLog,
  encodeAbout,
  encodeEnd,
  encodeItems,
  encodeLog,
} from '../../../packages/node/src/carrying/content.ts'
import {
  type CarriedFrame,
  createFrameWriter,
  FILE_ID_BYTES,
  MAGIC,
  openFrames,
} from '../../../packages/node/src/carrying/frames.ts'

/** What a reader finds in the bytes of a file. */
export interface CarryingCase {
  readonly description: string
  readonly bytes: string
  /** `accept`, or the code with which the file ends or is refused. */
  readonly expect: string
  readonly frames: readonly object[]
}

export const CARRYING_VECTORS: URL = new URL('file.json', import.meta.url)

/** Reads a file as far as it goes. */
export async function readCarried(bytes: Uint8Array): Promise<Pick<CarryingCase, 'expect' | 'frames'>> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  try {
    const frames: object[] = []
    const reading = (await openFrames(pieces())).frames()
    for (;;) {
      const { done, value } = await reading.next()
      if (done === true) return { expect: value?.code ?? 'accept', frames }
      frames.push(shown(value))
    }
  } catch (error) {
    return { expect: (error as { readonly code: string }).code, frames: [] }
  }
}

/** Byte strings as hexadecimal. */
function shown(frame: CarriedFrame): object {
  const { kind, number } = frame
  if (frame.kind === 'damaged') return { kind, number }
  const decode = { about: decodeAbout, items: decodeItems, log: decodeLog, end: decodeEnd }[frame.kind]
  const text = JSON.stringify({ kind, number, ...decode(frame.content) }, (_, value: unknown) =>
    value instanceof Uint8Array ? toHex(value) : value,
  )
  return JSON.parse(text) as object
}

async function makeCases(): Promise<readonly CarryingCase[]> {
  const fileId = new Uint8Array(FILE_ID_BYTES).map((_, i) => i)
  const frame = createFrameWriter(fileId)
  const id = new Uint8Array(32).fill(7)
  const about = encodeAbout({
    cluster: 'finance.eu',
    aco: new Uint8Array(32).fill(1),
    node: new Uint8Array(32).fill(2),
    at: 1_893_456_000_000,
    since: 1_892_851_200_000,
    asOf: 525_960,
    sets: ['control', 'green'],
  })
  const items = encodeItems({
    set: 'green',
    records: 1,
    items: [{ form: 'record', bytes: fromHex('00112233') }],
  })
  const end = encodeEnd({
    sets: [
      {
        set: 'green',
        carried: 1,
        count: 9,
        digest: id,
        hours: [
          [525_900, 8],
          [525_959, 1],
        ],
      },
    ],
  })
  const frames = [
    frame('about', about),
    frame('log', encodeLog({ from: 0, hashes: [id, id] })),
    frame('items', items),
    frame('end', end),
  ]
  const file = concatBytes(MAGIC, fileId, ...frames)
  const second = MAGIC.length + FILE_ID_BYTES + (frames[0]?.length ?? 0)
  const flipped = (at: number): Uint8Array => file.with(at, (file[at] ?? 0) ^ 1)
  const drafts: readonly (readonly [string, Uint8Array])[] = [
    ['a whole file', file],
    ['cut between two frames', file.subarray(0, second)],
    ['cut within a frame', file.subarray(0, file.length - 1)],
    ['a bit flipped in the content of a frame', flipped(second + 30)],
    ['a bit flipped in the number of a frame', flipped(second + 4)],
    ['the identity of another file', flipped(MAGIC.length)],
    ['something behind the last frame', concatBytes(file, new Uint8Array(40))],
    ['a later format', file.with(MAGIC.length - 1, 2)],
    ['another kind of file', new Uint8Array(64)],
  ]
  const cases = drafts.map(async ([description, bytes]) => ({
    description,
    bytes: toHex(bytes),
    ...(await readCarried(bytes)),
  }))
  return Promise.all(cases)
}

if (import.meta.main) {
  const description = 'Files of `sync export`: what a reader finds in their bytes, frame by frame.'
  const text = JSON.stringify({ description, cases: await makeCases() }, null, 1)
  await writeFile(CARRYING_VECTORS, `${text}\n`, { flag: 'wx' })
}
