import type { Caller } from '../caller.ts'
import { ApiError } from '../errors.ts'

/** Who reads how many streams. Each holds what its reader has not taken yet, so that a token may not open any number. */
export interface Streams {
  /** Disposing says that the stream has ended. @throws ApiError API_RATE_LIMITED */
  open(caller: Caller): Disposable
}

/** Nobody reads yet. */
export function createStreams(): Streams {
  const open = new Map<string, number>()
  return {
    open({ token }) {
      if (token === undefined) return { [Symbol.dispose]() {} }
      const count = open.get(token) ?? 0
      if (count >= MAX_STREAMS)
        throw new ApiError('API_RATE_LIMITED', `a token reads at most ${MAX_STREAMS} streams at one time`)
      open.set(token, count + 1)
      return {
        [Symbol.dispose]() {
          const left = (open.get(token) ?? 1) - 1
          if (left > 0) open.set(token, left)
          else open.delete(token)
        },
      }
    },
  }
}

const MAX_STREAMS = 16
