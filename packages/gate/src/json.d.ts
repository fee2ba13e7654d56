declare module '*.json' {
  const list: {
    readonly name: string
    readonly list: readonly string[]
  }
  export default list
}
