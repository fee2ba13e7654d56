export type { CheckpointMark } from './checkpoint.ts'
export { createSidecar, loadSidecar } from './create-sidecar.ts'
export type { Fingerprints, LabelSet, Sidecar, SidecarRow } from './interface.ts'
export { importValueKey, exportValueKey, valueKeyOf, type ValueKey } from './value-hash.ts'
