/** The catalogue whose numbering `id` follows: `CVE-2024-1234`, `CAPEC-463`. */
export function isNumberedId(id: string): 'cve' | 'capec' | undefined {
  if (id.startsWith('CAPEC-')) return isNumber(id.slice(6)) ? 'capec' : undefined
  if (!id.startsWith('CVE-') || id[8] !== '-' || !isNumber(id.slice(4, 8))) return undefined
  const number = id.slice(9)
  // Four digits, or more without a leading zero.
  return isNumber(number) && (number.length === 4 || (number.length > 4 && number[0] !== '0'))
    ? 'cve'
    : undefined
}

function isNumber(text: string): boolean {
  if (text.length === 0 || text.length > 20) return false
  for (const character of text) if (character < '0' || character > '9') return false
  return true
}
