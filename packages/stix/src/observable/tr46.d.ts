declare module 'tr46' {
  export interface Tr46Options {
    readonly checkBidi?: boolean
    readonly checkHyphens?: boolean
    readonly checkJoiners?: boolean
    readonly useSTD3ASCIIRules?: boolean
    readonly transitionalProcessing?: boolean
    readonly verifyDNSLength?: boolean
  }
  /** Null if the name breaks a rule. @see UTS #46 section 4.2 */
  export function toASCII(name: string, options?: Tr46Options): string | null
}
