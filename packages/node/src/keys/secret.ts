/** Bytes that must not reach a log, an error or a JSON document: only {@link Secret.expose} shows them, and inspecting sees no private field. */
export class Secret {
  readonly #bytes: Uint8Array

  /** Keeps a copy: the caller may wipe its own. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes)
  }

  /** The bytes themselves, not a copy. Do not change, keep or print them. */
  expose(): Uint8Array {
    return this.#bytes
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }
}

const HIDDEN = '[secret]'
