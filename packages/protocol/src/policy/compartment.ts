import type { TlpLabel } from '../tlp.ts'

/** The units of replication and access of a cluster that has no circles or treaties. A peer has all of one or none of it. */
export const COMPARTMENTS = ['control', 'clear', 'green'] as const
export type Compartment = (typeof COMPARTMENTS)[number]

/** Compartments that hold records. */
export const DATA_COMPARTMENTS = ['clear', 'green'] as const
export type DataCompartment = (typeof DATA_COMPARTMENTS)[number]

/** The compartment of a label, for labels that have one without a circle. */
const BY_LABEL: Readonly<Record<TlpLabel, DataCompartment | undefined>> = {
  clear: 'clear',
  green: 'green',
  amber: undefined,
  'amber+strict': undefined,
  red: undefined,
}

/** The compartment in which a record of `label` travels, or `undefined` where the label needs a circle or direct delivery. */
export function compartmentOf(label: TlpLabel): DataCompartment | undefined {
  return BY_LABEL[label]
}

/** The label that every record of a data compartment has. */
export function labelOf(compartment: DataCompartment): TlpLabel {
  return compartment
}

export function isDataCompartment(name: string): name is DataCompartment {
  return (DATA_COMPARTMENTS as readonly string[]).includes(name)
}
