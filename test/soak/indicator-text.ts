import { indicatorFor } from '@intelmesh/stix'

/** The JSON text of an indicator for one domain name. */
export function indicatorText(domain: string, uuid: string): string {
  return JSON.stringify(
    indicatorFor({ observable: { type: 'domain', value: domain }, now: Date.now(), uuid }),
  )
}
