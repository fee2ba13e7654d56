import type { Pattern } from './ast.ts'
export function parsePattern(_text: string): Pattern { throw new Error('stub') }
