import crypto, { hash, type KeyObject } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import type { Chance } from './chance.ts'
import type { Timeline } from './timeline.ts'

/** Resolves once every promise that can be settled without an event is settled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve))
}

const realImmediate = setImmediate
const realVerify = crypto.verify

/**
 * Takes time, chance and threads out of the hands of this process until it is disposed of: clocks and timers are those of the
 * timeline, what would be random comes from the seed, and signatures are verified on this thread, each of them once. The ports that
 * a node is given say the same; this holds for whatever goes round them.
 */
export function takeOver(timeline: () => Timeline, chance: () => Chance): Disposable {
  const restored: (() => void)[] = []

  function replace<T extends object>(target: T, replacements: { readonly [K in keyof T]?: unknown }): void {
    for (const [name, value] of Object.entries(replacements)) {
      const held = Object.getOwnPropertyDescriptor(target, name)
      Object.defineProperty(target, name, { value, configurable: true, writable: true })
      restored.push(() =>
        held === undefined ? Reflect.deleteProperty(target, name) : Object.defineProperty(target, name, held),
      )
    }
  }

  const after = (run: (...rest: unknown[]) => void, ms = 1, ...rest: unknown[]): Timer =>
    new Timer(timeline().after(ms, () => run(...rest)))
  const soon = (run: (...rest: unknown[]) => void, ...rest: unknown[]): Timer =>
    new Timer(timeline().soon(() => run(...rest)))
  const every = (run: () => void, ms = 1): Timer => {
    const timer: Timer = new Timer(timeline().after(ms, again))
    function again(): void {
      timer.cancel = timeline().after(ms, again)
      run()
    }
    return timer
  }
  const clear = (timer: Timer | undefined): void => timer?.cancel()

  replace(Date, { now: () => timeline().now })
  replace(performance, { now: () => timeline().now })
  replace(Math, { random: () => chance().next() })
  replace(globalThis, {
    setTimeout: after,
    setInterval: every,
    setImmediate: soon,
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  })
  replace(timers, {
    setTimeout: (ms: number, value: unknown) => new Promise((resolve) => after(() => resolve(value), ms)),
    setImmediate: (value: unknown) => new Promise((resolve) => soon(() => resolve(value))),
  })
  replace(AbortSignal, {
    timeout(ms: number) {
      const controller = new AbortController()
      after(() => controller.abort(new DOMException('the time is over', 'TimeoutError')), ms)
      return controller.signal
    },
  })
  replace(crypto, {
    randomBytes: (length: number) => Buffer.from(chance().bytes(length)),
    verify: verifyOnce,
  })
  syncBuiltinESMExports()
  restored.push(syncBuiltinESMExports)
  return {
    [Symbol.dispose]() {
      for (const restore of restored) restore()
    },
  }
}

/** What stands for a timer of Node. */
class Timer {
  cancel: () => void
  constructor(cancel: () => void) {
    this.cancel = cancel
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}

type Answer = (error: Error | null, valid: boolean) => void

/** A mesh in one process verifies each signature as often as it has members, and every seed those of the same certificates. */
const verified = new Map<string, boolean>()
const MAX_VERIFIED = 100_000
const numbers = new WeakMap<KeyObject, number>()
let keys = 0

function verifyOnce(
  _algorithm: null,
  message: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
  answer?: Answer,
): boolean | undefined {
  const number = numbers.get(key) ?? ++keys
  numbers.set(key, number)
  const name = `${number} ${hash('sha256', message)} ${Buffer.from(signature).toString('latin1')}`
  const valid = verified.get(name) ?? realVerify(null, message, key, signature)
  if (verified.size > MAX_VERIFIED) verified.clear()
  verified.set(name, valid)
  if (answer === undefined) return valid
  queueMicrotask(() => answer(null, valid))
  return undefined
}
