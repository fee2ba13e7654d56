import { readFileSync } from 'node:fs'
import { fromHex } from '@intelmesh/protocol'
import { expect, test } from 'vitest'
import { CARRYING_VECTORS, type CarryingCase, readCarried } from './make-carrying-vectors.ts'

const { cases } = JSON.parse(readFileSync(CARRYING_VECTORS, 'utf8')) as {
  readonly cases: readonly CarryingCase[]
}

test.for(cases.map((each) => [each.description, each] as const))(
  '%s',
  async ([, { bytes, expect: end, frames }]) => {
    expect(await readCarried(fromHex(bytes))).toEqual({ expect: end, frames })
  },
)
