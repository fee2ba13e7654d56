import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NetworkError } from './errors.ts'
import { deflateFrame, inflateFrame, maxDeflated, packFrame } from './zstd.ts'

const MAX = 1_000_000

describe(packFrame, () => {
  it('makes frames that others inflate to the same, and of little more than what fits into a packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_500 }), (bytes) => {
        const frame = packFrame(bytes)
        expect([...zstdDecompressSync(frame)]).toEqual([...bytes])
        expect(inflateFrame(frame, bytes.length)).toEqual(bytes)
        expect(frame.length).toBeLessThanOrEqual(maxDeflated(bytes.length))
      }),
    )
  })

  it('leaves a small one as it is, and no large one', () => {
    expect([255, 256, 1_024].map((length) => packFrame(new Uint8Array(length)).length)).toEqual([
      264, 266, 1_034,
    ])
    expect(packFrame(new Uint8Array(1_025)).length).toBeLessThan(100)
  })

  it('is read as any other frame: what is changed in one is refused by both, or gives both the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(11), fc.nat(255), (bytes, at, byte) => {
        const frame = packFrame(bytes)
        if (at < frame.length) frame[at] = byte
        const content = attempt(() => inflateFrame(frame, MAX))
        if (content !== undefined) expect([...content]).toEqual([...zstdDecompressSync(frame)])
      }),
    )
  })
})

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}

describe(inflateFrame, () => {
  it('returns what deflateFrame was given, within the bound on its size', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.integer({ min: 1, max: 60 }), (part, times) => {
        const bytes = new Uint8Array(Buffer.concat(Array.from({ length: times }, () => part)))
        const frame = deflateFrame(bytes)
        expect(inflateFrame(frame, bytes.length)).toEqual(bytes)
        expect(frame.length).toBeLessThanOrEqual(maxDeflated(bytes.length))
      }),
    )
  })

  it('takes frames of every level, with a checksum and with a window', () => {
    const bytes = new Uint8Array(300_000).map((_, i) => (i * i) & 0xff)
    for (const level of [1, 9, 19]) {
      const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
      expect(inflateFrame(zstdCompressSync(bytes, { params }), MAX), `level ${level}`).toEqual(bytes)
    }
    const small = { [constants.ZSTD_c_windowLog]: 10 }
    expect(
      inflateFrame(zstdCompressSync(bytes, { params: small, pledgedSrcSize: bytes.length }), MAX),
    ).toEqual(bytes)
  })

  const content = new Uint8Array(1_000).fill(5)
  const frame = deflateFrame(content)
  const unsized = zstdCompressSync(content, { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } })
  const skippable = Buffer.from('502a4d1804000000deadbeef', 'hex')
  const bomb = deflateFrame(new Uint8Array(1 << 26))

  it.for([
    ['a byte after the frame', Buffer.concat([frame, Buffer.of(0)]), 'FRAME_MALFORMED'],
    ['a second frame', Buffer.concat([frame, frame]), 'FRAME_MALFORMED'],
    ['a skippable frame behind', Buffer.concat([frame, skippable]), 'FRAME_MALFORMED'],
    ['a skippable frame ahead', Buffer.concat([skippable, frame]), 'FRAME_MALFORMED'],
    ['no declared size', unsized, 'FRAME_MALFORMED'],
    ['a size declared too small', withSize(frame, 999), 'FRAME_MALFORMED'],
    ['a size declared too large', withSize(frame, 1_001), 'FRAME_MALFORMED'],
    ['a bomb that says so', bomb, 'FRAME_TOO_LARGE'],
    ['a bomb that does not', Buffer.concat([header(1_000), bomb.subarray(9)]), 'FRAME_MALFORMED'],
    ['more bytes than any frame of the size', Buffer.alloc(maxDeflated(MAX) + 1), 'FRAME_TOO_LARGE'],
    ['a dictionary', Buffer.concat([Buffer.from('28b52ffd21', 'hex'), frame.subarray(5)]), 'FRAME_MALFORMED'],
    ['a window of 128 MiB', Buffer.from('28b52ffd8088e8030000010000', 'hex'), 'FRAME_MALFORMED'],
    ['nothing', new Uint8Array(0), 'FRAME_MALFORMED'],
    ['plain bytes', content, 'FRAME_MALFORMED'],
  ] as const)('refuses %s', ([, bytes, code]) => {
    expect(() => inflateFrame(bytes, MAX)).toThrowError(expect.objectContaining({ code }))
  })

  it('refuses a frame cut short anywhere', () => {
    for (let end = 0; end < frame.length; end++) {
      expect(() => inflateFrame(frame.subarray(0, end), MAX), `cut at ${end}`).toThrowError(NetworkError)
    }
  })

  it('gives a code, or content of the bound, for any change to a frame', () => {
    const text = deflateFrame(new TextEncoder().encode('intelligence '.repeat(40)))
    const change = fc.record({ at: fc.nat({ max: text.length - 1 }), to: fc.nat({ max: 255 }) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Uint8Array.from(text)
        for (const { at, to } of changes) changed[at] = to
        try {
          expect(inflateFrame(changed, 2_000).length).toBeLessThanOrEqual(2_000)
        } catch (error) {
          expect(error).toBeInstanceOf(NetworkError)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

/** Magic and header of a single segment with a size of two bytes. */
function header(size: number): Buffer {
  const bytes = Buffer.from('28b52ffd600000', 'hex')
  bytes.writeUInt16LE(size - 256, 5)
  return bytes
}

function withSize(frame: Uint8Array, size: number): Buffer {
  return Buffer.concat([header(size), frame.subarray(7)])
}
