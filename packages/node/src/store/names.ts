import type { Database, Operation } from './database.ts'
import type { Naming } from './cells.ts'
import { damaged } from './errors.ts'
import type { Hex } from './interface.ts'
import { joinKeys, numberKey, readNumber } from './keys.ts'

/** What numbers stand for in cells and lists, by the byte that their rows begin with. */
const NAME_KINDS = { type: 1, organisation: 2, author: 3 } as const
export type NameKind = keyof typeof NAME_KINDS

/** Small numbers for what is said of very many records. They are given once, from 1, and never to another. */
export interface Names extends Naming {
  /** The number of a name; 0 for a type beyond those that numbers are for, and for what has none yet. */
  numberOf(kind: NameKind, name: string): number
  /** Numbers given on top of these, which know nothing of them until they are adopted. */
  overlay(): NameOverlay
}

/** New numbers that a batch is going to write. */
export interface NameOverlay {
  /** The number of a name, given now where there was none; 0 for a type beyond those that numbers are for. */
  give(kind: NameKind, name: string): number
  readonly operations: readonly Operation[]
  /** Once they are written. */
  adopt(): void
}

/** Types of STIX objects that get a number. Anybody may make up types: records of the others are found by reading them. */
const MAX_TYPES = 1_000

/** Reads all names. @throws StoreError STORE_DAMAGED where a number was given twice or never */
export async function loadNames(database: Pick<Database, 'entries'>): Promise<Names> {
  const known = createKinds()
  for await (const [key, value] of database.entries('names', {})) {
    const kind = KINDS.find((name) => NAME_KINDS[name] === key[0])
    const number = readNumber(key, 1, NUMBER_BYTES)
    if (kind === undefined || number !== known[kind].names.length) throw damaged('a name is missing')
    remember(known[kind], Buffer.from(value).toString())
  }
  return createNames(known)
}

interface Kind {
  /** By number; nothing at 0. */
  readonly names: string[]
  readonly numbers: Map<string, number>
}

function createNames(known: Record<NameKind, Kind>): Names {
  return {
    typeOf: (number) => (number === 0 ? undefined : known.type.names[number]),
    organisationOf(number) {
      const name = known.organisation.names[number]
      if (name === undefined) throw damaged('a record is of an organisation without a name')
      return name
    },
    numberOf: (kind, name) => known[kind].numbers.get(name) ?? 0,
    overlay() {
      const added: { readonly kind: NameKind; readonly name: string }[] = []
      const fresh = createKinds()
      return {
        give(kind, name) {
          const held = known[kind].numbers.get(name) ?? fresh[kind].numbers.get(name)
          if (held !== undefined) return held
          const number = known[kind].names.length + fresh[kind].names.length - 1
          if (kind === 'type' && number > MAX_TYPES) return 0
          fresh[kind].names.push(name)
          fresh[kind].numbers.set(name, number)
          added.push({ kind, name })
          return number
        },
        get operations() {
          return added.map(({ kind, name }) => nameRow(kind, fresh[kind].numbers.get(name) ?? 0, name))
        },
        adopt() {
          for (const { kind, name } of added) remember(known[kind], name)
        },
      }
    },
  }
}

function nameRow(kind: NameKind, number: number, name: Hex): Operation {
  const key = joinKeys(Uint8Array.of(NAME_KINDS[kind]), numberKey(number, NUMBER_BYTES))
  return { table: 'names', key, value: Buffer.from(name) }
}

function remember({ names, numbers }: Kind, name: string): void {
  numbers.set(name, names.length)
  names.push(name)
}

function createKinds(): Record<NameKind, Kind> {
  const create = (): Kind => ({ names: [''], numbers: new Map() })
  return { type: create(), organisation: create(), author: create() }
}

const KINDS = Object.keys(NAME_KINDS) as readonly NameKind[]
const NUMBER_BYTES = 4
