/** An object without its fields that are `undefined`, for what distinguishes an absent field from an undefined one. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } & object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
