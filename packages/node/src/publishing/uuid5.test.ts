import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { uuid5 } from './uuid5.ts'

const DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

describe(uuid5, () => {
  test('the example of RFC 9562, appendix A.4', () => {
    expect(uuid5(DNS, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  })

  it('gives a UUID of version 5 for any name, the same one each time', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string({ unit: 'grapheme' }), (namespace, name) => {
        const id = uuid5(namespace, name)
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        expect(uuid5(namespace, name)).toBe(id)
      }),
    )
  })
})
