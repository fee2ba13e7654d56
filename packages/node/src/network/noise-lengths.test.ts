import { LengthPrefixedDecoder } from '@libp2p/utils'
import fc from 'fast-check'
import type { MessageStream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { readLengthsQuietly } from './noise-lengths.ts'

/** As Noise sets its decoder up. */
function noiseDecoder(): LengthPrefixedDecoder {
  const decoder = new LengthPrefixedDecoder({
    lengthDecoder: () => {
      throw new TypeError('not to be asked')
    },
    maxBufferSize: 16 * 1024 * 1024,
    encodingLength: () => 2,
  })
  readLengthsQuietly({ decoder } as unknown as MessageStream)
  return decoder
}

describe(readLengthsQuietly, () => {
  it('gives the frames however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
        (frames, cuts) => {
          const wire = Buffer.concat(
            frames.flatMap((frame) => [Uint8Array.of(frame.length >> 8, frame.length), frame]),
          )
          const decoder = noiseDecoder()
          const got: Uint8Array[] = []
          for (let at = 0, i = 0; at < wire.length; i++) {
            const end = at + (cuts[i % cuts.length] as number)
            for (const frame of decoder.decode(wire.subarray(at, end))) got.push(frame.subarray())
            at = end
          }
          expect(got.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
        },
      ),
    )
  })

  it('takes the longest frame that there is', () => {
    const decoder = noiseDecoder()
    const wire = new Uint8Array(2 + 0xffff).fill(0xff)
    expect([...decoder.decode(wire.subarray(0, 1))]).toEqual([])
    expect([...decoder.decode(wire.subarray(1))].map(({ byteLength }) => byteLength)).toEqual([0xffff])
  })

  it('leaves alone what has no decoder', () => {
    const connection = {}
    readLengthsQuietly(connection as MessageStream)
    expect(connection).toEqual({})
  })
})
