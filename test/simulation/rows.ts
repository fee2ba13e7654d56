/** Rows in the order of their names, which are keys with a character for each byte: text is compared as LevelDB compares bytes. */
export interface Rows {
  readonly size: number
  get(name: string): Uint8Array | undefined
  /** `undefined` deletes. */
  set(name: string, value: Uint8Array | undefined): void
  /** Names within bounds, in order. */
  names(range: NameRange): readonly string[]
  /** The same rows, which go their own way from here on. Costs something only once either of the two changes. */
  copy(): Rows
}

/** The name of a row with this key. */
export function nameOf(key: Uint8Array): string {
  return latin1Slice.call(key, 0, key.length)
}

/** Takes any bytes, without making a Buffer of them first. */
const { latin1Slice } = Buffer.prototype as unknown as {
  readonly latin1Slice: (this: Uint8Array, from: number, to: number) => string
}

/** The key of the row with this name. */
export function keyOf(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(name, 'latin1'))
}

export interface NameRange {
  readonly gte?: string
  readonly lt?: string
  readonly reverse?: boolean
  /** @default -1, all */
  readonly limit?: number
}

interface Held {
  readonly values: Map<string, Uint8Array>
  /** Sorted, but for those that came or went since. */
  names: string[] | undefined
  isShared: boolean
}

export function createRows(entries: Iterable<readonly [string, Uint8Array]> = []): Rows {
  return rowsOf({ values: new Map(entries), names: undefined, isShared: false })
}

function rowsOf(initial: Held): Rows {
  let held = initial

  function own(): Held {
    if (held.isShared)
      held = { values: new Map(held.values), names: held.names && [...held.names], isShared: false }
    return held
  }

  return {
    get size() {
      return held.values.size
    },
    get: (name) => held.values.get(name),
    set(name, value) {
      const { values, names } = own()
      const isHeld = values.has(name)
      if (value === undefined) values.delete(name)
      else values.set(name, value)
      if (names === undefined || isHeld === (value !== undefined)) return
      const at = placeOf(names, name)
      if (isHeld) names.splice(at, 1)
      else names.splice(at, 0, name)
    },
    names({ gte, lt, reverse = false, limit = -1 }) {
      held.names ??= [...held.values.keys()].sort()
      const { names } = held
      const from = gte === undefined ? 0 : placeOf(names, gte)
      const to = lt === undefined ? names.length : placeOf(names, lt)
      const within = names.slice(from, Math.max(from, to))
      if (reverse) within.reverse()
      return limit < 0 ? within : within.slice(0, limit)
    },
    copy() {
      held.isShared = true
      // The one copied from has to notice, too: both keep what is shared until they change it.
      return rowsOf(held)
    },
  }
}

/** Where a name stands, or would. */
function placeOf(names: readonly string[], name: string): number {
  let least = 0
  let most = names.length
  while (least < most) {
    const middle = (least + most) >> 1
    if ((names[middle] as string) < name) least = middle + 1
    else most = middle
  }
  return least
}
