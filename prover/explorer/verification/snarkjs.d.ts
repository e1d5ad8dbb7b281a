/* The two functions that are used, of packages without types. */
declare module 'snarkjs' {
  export const groth16: {
    verify(verificationKey: object, publicSignals: readonly string[], proof: object): Promise<boolean>
  }
}
declare module 'ffjavascript' {
  export function buildBn128(singleThread: boolean): Promise<object>
}
