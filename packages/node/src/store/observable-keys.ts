import type { Observable } from '@intelmesh/stix'
import { hidden, hideText } from './sidecar/hidden-address.ts'
import { hostOf } from './sidecar/host-of.ts'
import { type HashEnds, hashParts, hashTable } from './sidecar/keyed-hash.ts'
import { CIDR6_TAG, hashValue, VALUE_TAGS, type ValueKey } from './sidecar/value-hash.ts'
import { encodeValue, valueText } from './sidecar/value-text.ts'

/** Keys from `from` on, and before `until`. */
export interface KeyRange {
  readonly from: Uint8Array
  readonly until: Uint8Array
}

/**
 * The key of a value in the index: a pseudonym, since LevelDB writes keys into journals of its own, which erasing does not reach.
 * Order and beginnings tell what lies together, and nothing of what it is: what is below a name, in a network, or at a host, is
 * one range. Two values may have one key, if hardly ever: who reads records by it has to compare.
 *
 * @see docs/spec/store.md, "Keys of values"
 */
export function observableKey(observable: Observable, key: ValueKey): Uint8Array {
  const { type, value } = observable
  const draft = new Draft(VALUE_TAGS[type])
  if (type === 'cidr') return networkKey(draft, value, key)
  if (type === 'ipv4' || type === 'ipv6') return draft.address(key, value).bytes()
  if (type === 'domain') draft.name(key, value).byte(END_OF_PLACE)
  else if (type === 'url') draft.host(key, hostOf(value)).byte(END_OF_PLACE)
  return draft.hash(key, observable).bytes()
}

/**
 * Where the keys of all lie that is below a value: names and URLs below a name; URLs at an address; addresses, networks and URLs
 * in a network. They may hold a few others.
 */
export function rangesBelow({ type, value }: Observable, key: ValueKey): readonly KeyRange[] {
  if (type === 'domain') {
    const names = new Draft(VALUE_TAGS.domain).name(key, value).bytes()
    return [
      { from: Uint8Array.of(...names, LABEL_MARK), until: after(names) },
      rangeOf(new Draft(VALUE_TAGS.url).name(key, value).bytes()),
    ]
  }
  if (type === 'ipv4' || type === 'ipv6') return [rangeOf(new Draft(VALUE_TAGS.url).host(key, value).bytes())]
  return type === 'cidr' ? rangesInNetwork(value, key) : []
}

/** Marks the beginning of a label's hash, which {@link END_OF_PLACE} and lengths of addresses never are. */
const LABEL_MARK = 0x80
const END_OF_PLACE = 0
const MAX_LABELS = 128
/** A label ends before the dot that is read next, from the right. */
const LABELS: HashEnds = {
  table: hashTable({ '.': 'before' }),
  words: 1,
  out: new Uint32Array(MAX_LABELS),
  lengths: new Uint32Array(MAX_LABELS),
}

/** A key as it grows. The buffers are shared: a key is finished before the next one begins. */
class Draft {
  #length = 1

  constructor(tag: number) {
    draft[0] = tag
  }

  byte(value: number): this {
    draft[this.#length] = value
    this.#length += 1
    return this
  }

  word(value: number): this {
    return this.byte(value >>> 24)
      .byte(value >>> 16)
      .byte(value >>> 8)
      .byte(value)
  }

  /** Four bytes of a hash for each label from the right, of the name from the right up to it. */
  name(key: ValueKey, name: string): this {
    const length = encodeValue(name)
    const labels = hashParts(key.value, VALUE_TAGS.domain, valueText, 0, length, true, 0, LABELS)
    for (let i = 0; i < labels; i++) {
      const word = LABELS.out[i] as number
      this.byte((word & 0xff) | LABEL_MARK)
        .byte(word >>> 8)
        .byte(word >>> 16)
        .byte(word >>> 24)
    }
    return this
  }

  address(key: ValueKey, address: string): this {
    return this.#hidden(hideText(key, address))
  }

  host(key: ValueKey, host: string): this {
    const length = hideText(key, host)
    return length === 0 ? this.name(key, host) : this.byte(length).#hidden(length)
  }

  hash(key: ValueKey, observable: Observable): this {
    hashValue(key, observable, words)
    return this.word(words[0] as number).word(words[1] as number)
  }

  #hidden(length: number): this {
    draft.set(hidden.subarray(0, length), this.#length)
    this.#length += length
    return this
  }

  bytes(): Uint8Array {
    return draft.slice(0, this.#length)
  }
}

/** A network's key is the pseudonym of any address in it, without the bits of the host, and the number of those that count. */
function networkKey(draftOf: Draft, network: string, key: ValueKey): Uint8Array {
  const { address, prefix } = splitNetwork(network)
  const bytes = draftOf.address(key, address).byte(prefix).bytes()
  if (bytes.length === IPV6_NETWORK_KEY) bytes[0] = CIDR6_TAG
  setHostBits(bytes, 1, prefix, 0)
  return bytes
}

function rangesInNetwork(network: string, key: ValueKey): readonly KeyRange[] {
  const { address, prefix } = splitNetwork(network)
  const isV6 = address.includes(':')
  const networkTag = isV6 ? CIDR6_TAG : VALUE_TAGS.cidr
  const places = [[isV6 ? VALUE_TAGS.ipv6 : VALUE_TAGS.ipv4], [networkTag], [VALUE_TAGS.url, isV6 ? 16 : 4]]
  const hiddenBytes = new Draft(0).address(key, address).bytes().subarray(1)
  return places.map((place) => {
    const from = Uint8Array.of(...place, ...hiddenBytes)
    const last = from.slice()
    setHostBits(from, place.length, prefix, 0)
    setHostBits(last, place.length, prefix, 1)
    return { from, until: after(last) }
  })
}

function splitNetwork(network: string): { readonly address: string; readonly prefix: number } {
  const slash = network.indexOf('/')
  return { address: network.slice(0, slash), prefix: Number(network.slice(slash + 1)) }
}

/** Sets all bits of an address that begins at `at` from `prefix` on; the byte after a network's address is its length and stays. */
function setHostBits(bytes: Uint8Array, at: number, prefix: number, bit: 0 | 1): void {
  const length = bytes.length - at >= 16 ? 16 : 4
  for (let i = 0; i < length; i++) {
    const kept = (0xff00 >> Math.min(8, Math.max(0, prefix - i * 8))) & 0xff
    const byte = bytes[at + i] as number
    bytes[at + i] = bit === 0 ? byte & kept : byte | ~kept
  }
}

function rangeOf(prefix: Uint8Array): KeyRange {
  return { from: prefix, until: after(prefix) }
}

/** The first key that does not begin with `prefix` and comes after those that do. */
function after(prefix: Uint8Array): Uint8Array {
  const at = prefix.findLastIndex((byte) => byte < 0xff)
  const end = prefix.slice(0, at + 1)
  end[at] = (end[at] as number) + 1
  return end
}

/** Tag, 16 bytes, length. */
const IPV6_NETWORK_KEY = 18
const words = new Uint32Array(2)
const draft = new Uint8Array(32 + 4 * MAX_LABELS)
