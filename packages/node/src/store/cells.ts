import { TLP_LABELS, type TlpLabel } from '@intelmesh/protocol'
import type { Arrival } from './answers.ts'
import type { Hex } from './interface.ts'
import { ORDER_BYTES, readNumber, writeNumber } from './keys.ts'

/** What indexes say of a record: its sequence, flags (1), number of its STIX type (2), number of its organisation (3). */
export interface Cell {
  readonly sequence: number
  /** Place of the label in {@link TLP_LABELS}, plus 8 for a tombstone. */
  readonly flags: number
  readonly type: number
  readonly organisation: number
}

/** Bytes of a cell, and of what is behind its sequence. */
export const CELL_BYTES = 12
export const CELL_REST_BYTES: number = CELL_BYTES - ORDER_BYTES

/** The bits of flags that are the place of a label. */
export const LABEL = 7

/** The flags of a record. */
export function flagsOf(tlp: TlpLabel, isTombstone: boolean): number {
  return TLP_LABELS.indexOf(tlp) + (isTombstone ? TOMBSTONE : 0)
}

/** The label that flags hold. */
export function labelIn(flags: number): TlpLabel {
  return TLP_LABELS[flags & LABEL] as TlpLabel
}

/** Writes what is behind the sequence. */
export function writeCellRest(bytes: Uint8Array, at: number, cell: Omit<Cell, 'sequence'>): void {
  bytes[at] = cell.flags
  writeNumber(bytes, at + 1, cell.type, 2)
  writeNumber(bytes, at + 3, cell.organisation, 3)
}

/** The cell whose sequence is known and whose rest begins at `at`. */
export function readCellRest(bytes: Uint8Array, at: number, sequence: number): Cell {
  return {
    sequence,
    flags: bytes[at] as number,
    type: readNumber(bytes, at + 1, 2),
    organisation: readNumber(bytes, at + 3, 3),
  }
}

/** A whole cell. */
export function encodeCell(cell: Cell): Uint8Array {
  const bytes = new Uint8Array(CELL_BYTES)
  writeNumber(bytes, 0, cell.sequence, ORDER_BYTES)
  writeCellRest(bytes, ORDER_BYTES, cell)
  return bytes
}

/** The cell that begins at `at`. */
export function readCell(bytes: Uint8Array, at: number): Cell {
  return readCellRest(bytes, at + ORDER_BYTES, readNumber(bytes, at, ORDER_BYTES))
}

/** Says what numbers stand for. */
export interface Naming {
  typeOf(number: number): string | undefined
  organisationOf(number: number): Hex
}

/** What a cell says, in words. */
export function arrivalOf({ sequence, flags, type, organisation }: Cell, naming: Naming): Arrival {
  return {
    sequence,
    type: naming.typeOf(type),
    tlp: labelIn(flags),
    organisation: naming.organisationOf(organisation),
    isTombstone: (flags & TOMBSTONE) !== 0,
  }
}

const TOMBSTONE = 8
