/** Tells whether a name of a host, in lower case, fits. */
export type HostPattern = (name: string) => boolean

/**
 * Reads a name of a host in which `*` stands for any run of characters but dots; undefined for what can be none, and for a
 * pattern that every name fits.
 */
export function parseHostPattern(text: string): HostPattern | undefined {
  const pattern = text.toLowerCase()
  if (!/^[a-z0-9._*-]{1,253}$/.test(pattern) || !/[a-z0-9]/.test(pattern)) return undefined
  const labels = pattern.split('.').map((label) => label.split('*'))
  return (name) => {
    const given = name.split('.')
    return given.length === labels.length && labels.every((parts, i) => fits(given[i] as string, parts))
  }
}

/** Whether the label is made of the parts with anything between them: each part at its first place leaves most for the rest. */
function fits(label: string, parts: readonly string[]): boolean {
  const [head = '', ...rest] = parts
  const tail = rest.pop()
  if (tail === undefined) return label === head
  if (!label.startsWith(head) || !label.endsWith(tail)) return false
  const end = label.length - tail.length
  let at = head.length
  for (const part of rest) {
    const found = label.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= end
}
