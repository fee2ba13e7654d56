import type { ObservableType } from './observable.ts'
export function normalise(_type: ObservableType, _text: string): string | undefined { throw new Error('stub') }
