import type { ExportItem } from '@intelmesh/node'
import { TLP_LABELS } from '@intelmesh/protocol'
import { VerifyError } from './verify-item.ts'

/** A line is a record of 256 KiB twice over (as object and as leaf), in base64, with its chain. */
const MAX_LINE_CHARS = 2 * 1024 * 1024

/** Reads an export of `--format proof`: one ExportItem as JSON a line. @throws VerifyError PROOF_MALFORMED, naming the line */
export function readProofFile(text: string): readonly ExportItem[] {
  const lines = text.split('\n')
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : [readLine(line, i + 1)]))
}

/** Whether a file looks like an export of `--format proof` rather than a bundle. */
export function isProofFile(text: string): boolean {
  const first = text.slice(0, MAX_LINE_CHARS).split('\n', 1)[0] ?? ''
  try {
    return isItem(JSON.parse(first))
  } catch {
    return false
  }
}

function readLine(line: string, number: number): ExportItem {
  if (line.length > MAX_LINE_CHARS) throw malformed(number, 'the line is too long')
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw malformed(number, 'expected JSON')
  }
  if (!isItem(value)) throw malformed(number, 'expected record, tlp, stix, proof and chain')
  return value
}

function isItem(value: unknown): value is ExportItem {
  if (typeof value !== 'object' || value === null) return false
  const { record, tlp, stix, proof, chain } = value as Partial<Record<keyof ExportItem, unknown>>
  return (
    typeof record === 'string' &&
    typeof stix === 'string' &&
    typeof proof === 'string' &&
    TLP_LABELS.some((label) => label === tlp) &&
    Array.isArray(chain) &&
    chain.length <= 3 &&
    chain.every((link) => typeof link === 'string')
  )
}

function malformed(line: number, fault: string): VerifyError {
  return new VerifyError('PROOF_MALFORMED', `line ${line}: ${fault}`)
}
