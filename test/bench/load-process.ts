import { loadStore, type Loading } from './load-store.ts'

// Started by loaded-store.ts with its task as argument.
await loadStore(JSON.parse(process.argv[2] ?? '') as Loading, (text) => void process.send?.(text))
process.disconnect?.()
