import { expect, it } from 'vitest'
import { shareOfEach } from './share-of-each.ts'

it('gives each organisation its share, however many come before it', () => {
  const isInShare = shareOfEach(2)
  const asked = ['a', 'a', 'a', 'b', 'a', 'b', 'b'].map((organisation) => isInShare(organisation))
  expect(asked).toEqual([true, true, false, true, false, true, false])
})
