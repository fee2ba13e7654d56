/** A drawing that reads well on light and on dark pages: the colours follow the reader's. */
export function svg(
  { width, height, title }: { readonly width: number; readonly height: number; readonly title: string },
  shapes: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    ...shapes,
    '</svg>',
    '',
  ].join('\n')
}

const STYLE = [
  'text{font:12px sans-serif;fill:#24292f}',
  '.axis{stroke:#57606a;stroke-width:1}',
  '.grid{stroke:#57606a;stroke-width:1;opacity:.25}',
  '.good{fill:#1a7f37;stroke:#1a7f37}',
  '.bad{fill:#cf222e;stroke:#cf222e}',
  '.line{fill:none!important;stroke-width:2}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis,.grid{stroke:#9198a1}.good{fill:#3fb950;stroke:#3fb950}.bad{fill:#f85149;stroke:#f85149}}',
].join('')

/** What a line of text is drawn like. */
export interface Lettering {
  readonly x: number
  readonly y: number
  readonly anchor?: 'start' | 'middle' | 'end'
}

export function text(content: string, { x, y, anchor = 'start' }: Lettering): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(content)}</text>`
}

/** A straight line between two points, of a class of the style. */
export function line(
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  name: string,
): string {
  return `<line class="${name}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`
}

/** A tenth of a pixel, so that a figure that hardly changed changes nothing in the file. */
export function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
