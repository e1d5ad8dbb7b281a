// circomlibjs ships no types. Only what this project calls is declared.
declare module 'circomlibjs' {
  /** A field element in the library's own encoding (Montgomery form). */
  export type PoseidonElement = Uint8Array

  export type PoseidonField = {
    readonly p: bigint
    e(value: bigint | number | string): PoseidonElement
    toObject(element: PoseidonElement): bigint
  }

  export type Poseidon = {
    (inputs: readonly (bigint | number | PoseidonElement)[]): PoseidonElement
    (
      inputs: readonly (bigint | number | PoseidonElement)[],
      initialState: bigint | number | PoseidonElement,
      outputs: number,
    ): PoseidonElement[]
    (
      inputs: readonly (bigint | number | PoseidonElement)[],
      initialState: bigint | number | PoseidonElement,
    ): PoseidonElement
    readonly F: PoseidonField
  }

  /** Poseidon over BN254's scalar field with circomlib's constants, 1 to 16 inputs. */
  export function buildPoseidon(): Promise<Poseidon>
}
