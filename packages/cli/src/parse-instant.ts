const MS_OF_UNIT: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/**
 * An instant as people write it: `2030-01-31` (that day's beginning, UTC), `2030-01-31T12:00Z`, or a number of minutes, hours,
 * days or weeks from `now` (ms since the Unix epoch). Undefined for anything else.
 *
 * @returns ISO 8601 in UTC
 */
export function parseInstant(text: string, now: number, direction: 'ahead' | 'ago'): string | undefined {
  const span = /^([0-9]{1,5})([mhdw])$/.exec(text.trim().toLowerCase())
  if (span !== null) {
    const ms = Number(span[1]) * (MS_OF_UNIT[span[2] ?? ''] ?? 0)
    return new Date(direction === 'ahead' ? now + ms : now - ms).toISOString()
  }
  return parseAbsolute(text.trim())
}

function parseAbsolute(text: string): string | undefined {
  const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/i.exec(text)
  if (form === null) return undefined
  const [, date = '', time = '00:00', zone = 'Z'] = form
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase()}`)
  // Date.parse rolls 30 February over into March.
  if (Number.isNaN(ms) || new Date(`${date}T00:00Z`).toISOString().slice(0, 10) !== date) return undefined
  return new Date(ms).toISOString()
}
