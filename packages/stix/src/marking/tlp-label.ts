/** The five labels of TLP 2.0, widest audience first. @see https://www.first.org/tlp/ section 4 */
export const TLP_LABELS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const

/** One of {@link TLP_LABELS}. */
export type TlpLabel = (typeof TLP_LABELS)[number]

/** True for exactly the five labels, in lower case. */
export function isTlpLabel(text: unknown): text is TlpLabel {
  return (TLP_LABELS as readonly unknown[]).includes(text)
}

/** True if `label` lets fewer people read than `other` does. */
export function isNarrower(label: TlpLabel, other: TlpLabel): boolean {
  return TLP_LABELS.indexOf(label) > TLP_LABELS.indexOf(other)
}

/** The narrowest of `labels`; undefined of none. */
export function narrowest(labels: readonly TlpLabel[]): TlpLabel | undefined {
  return labels.reduce<TlpLabel | undefined>(
    (least, label) => (least === undefined || isNarrower(label, least) ? label : least),
    undefined,
  )
}
