/** The five labels of TLP 2.0, widest first. Source: FIRST TLP 2.0 section 4. */
export const TLP_LABELS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const
export type TlpLabel = (typeof TLP_LABELS)[number]

/** True when `label` lets information go no further than `ceiling` does: clear is within green, red within red alone. */
export function isWithin(label: TlpLabel, ceiling: TlpLabel): boolean {
  return TLP_LABELS.indexOf(label) <= TLP_LABELS.indexOf(ceiling)
}

/** The narrower, that is the more restrictive, of two labels. */
export function narrower(a: TlpLabel, b: TlpLabel): TlpLabel {
  return isWithin(a, b) ? b : a
}
