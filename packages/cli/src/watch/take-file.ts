import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { ByteSource } from '../publish/open-input.ts'
import { type FileStamp, isSameStamp, type Skipped } from './folder-entries.ts'
import type { DoneFile } from './watch-state.ts'

/** A file that is held open, so that what is looked at, hashed and read is one and the same. */
export interface OpenedFile extends AsyncDisposable {
  readonly source: ByteSource
  /** Whether its last line is complete. */
  endsLine(): Promise<boolean>
  /** SHA-256 of its content, in hexadecimal. */
  sha256(): Promise<string>
  /** Whether it is still as it was when it was found. */
  isUnchanged(): Promise<boolean>
}

/** Opens a file of a folder. Undefined if it is not what was found there any more; a refusal if it cannot be read. */
export async function openFile(
  folder: string,
  name: string,
  stamp: FileStamp,
): Promise<OpenedFile | Skipped | undefined> {
  let handle: FileHandle
  try {
    // Somebody who may write into the folder could put a link or a pipe in its place meanwhile: neither is followed or waited for.
    handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? undefined : { code: 'FILE_UNREADABLE', reason: message }
  }
  const isUnchanged = async (): Promise<boolean> => {
    const found = await handle.stat()
    return found.isFile() && isSameStamp(found, stamp)
  }
  const pieces = (): AsyncIterable<Uint8Array> => handle.createReadStream({ start: 0, autoClose: false })
  if (!(await isUnchanged())) {
    await handle.close()
    return undefined
  }
  return {
    source: { name, size: stamp.size, pieces },
    isUnchanged,
    async endsLine() {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, stamp.size - 1))
      return bytesRead === 1 && (buffer[0] === 0x0a || buffer[0] === 0x0d)
    },
    async sha256() {
      const hash = createHash('sha256')
      for await (const piece of pieces()) hash.update(piece)
      return hash.digest('hex')
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

/** What is remembered of a file that was dealt with. */
export function doneFile(name: string, { size, mtimeMs, ino, dev }: FileStamp, sha256: string): DoneFile {
  return { name, size, mtimeMs, ino, dev, sha256 }
}
