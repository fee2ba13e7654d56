import type { RetentionRule } from './retention.ts'

/** The rules of the setting `retention.keep`, which was checked as it was read. */
export function parseRetention(keep: readonly string[]): readonly RetentionRule[] {
  return keep.map((rule) => {
    const [, compartment = '', type, days] = /^([a-z]+)(?:\/(\S+))? (\d+)d$/.exec(rule) ?? []
    if (compartment !== 'clear' && compartment !== 'green')
      throw new RangeError(`no rule of retention: ${rule}`)
    return { compartment, ...(type !== undefined && { type }), days: Number(days) }
  })
}
