import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { HomePaths } from './home-paths.ts'
import { isMissing, readIfPresent, writePrivateFile } from './private-file.ts'

/** 43 characters of base64url: 32 random bytes. */
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/

/** The token of a home's API, made where there is none. One that others could read is replaced. */
export async function ensureToken({ token: path }: HomePaths): Promise<string> {
  const kept = (await isPrivate(path)) ? (await readIfPresent(path))?.trim() : undefined
  if (kept !== undefined && TOKEN_FORM.test(kept)) return kept
  const token = randomBytes(32).toString('base64url')
  await writePrivateFile(path, `${token}\n`)
  return token
}

async function isPrivate(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & 0o077) === 0
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
