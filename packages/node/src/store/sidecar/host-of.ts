/** The host of a URL in normal form, without the brackets of IPv6. */
export function hostOf(url: string): string {
  const start = url.indexOf('://') + 3
  const authority = url.slice(start, url.indexOf('/', start))
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'))
  const colon = host.indexOf(':')
  return colon < 0 ? host : host.slice(0, colon)
}
