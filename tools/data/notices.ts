import type { Licence } from './licences.ts'

/** One file in a table of notices. */
export interface Notice {
  readonly file: string
  readonly origin: string
  readonly licence: Licence
  readonly copyright: string
}

/** The notices of a folder as Markdown: a row per file, then the text of each licence once. */
export function renderNotices(introduction: string, notices: readonly Notice[]): string {
  const rows = notices
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .map(({ file, origin, licence, copyright }) => `| ${file} | ${origin} | ${licence.name} | ${copyright} |`)
  const licences = new Map(notices.map(({ licence }) => [licence.name, licence.text]))
  const texts = [...licences].map(([name, text]) => `## ${name}\n\n${text}\n`)
  const table = ['| file | origin | licence | copyright |', '|---|---|---|---|', ...rows].join('\n')
  return `# Notices\n\n${introduction}\n\n${table}\n\n${texts.join('\n')}`
}
