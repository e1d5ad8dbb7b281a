// snarkjs ships no types. Only what this project calls is declared; prover/proving/snarkjs.ts is the only importer.
declare module 'snarkjs' {
  /** A path, or a file in memory (fastfile). A read-only file may be given as its bytes. */
  type File = string | Uint8Array | { readonly type: 'mem'; data?: Uint8Array }

  type Proof = {
    pi_a: string[]
    pi_b: string[][]
    pi_c: string[]
    protocol: string
    curve: string
  }

  export const groth16: {
    prove(zkey: File, witness: File): Promise<{ proof: Proof; publicSignals: string[] }>
    verify(verificationKey: object, publicSignals: readonly string[], proof: object): Promise<boolean>
  }

  export const wtns: {
    calculate(input: object, wasm: File, witness: File): Promise<void>
  }

  export const zKey: {
    /** -1 when it refuses the files, else the hash of the initial parameters. */
    newZKey(r1cs: File, ptau: File, zkey: File): Promise<Uint8Array | -1>
    contribute(from: File, to: File, name: string, entropy: string): Promise<Uint8Array>
    /** False when it refuses the beacon, else the hash of the contribution. */
    beacon(
      from: File,
      to: File,
      name: string,
      beaconHash: string,
      iterationsExponent: number,
    ): Promise<Uint8Array | false>
    verifyFromR1cs(r1cs: File, ptau: File, zkey: File): Promise<boolean>
    exportVerificationKey(zkey: File): Promise<object>
    exportSolidityVerifier(zkey: File, templates: { readonly groth16: string }): Promise<string>
  }

  export const powersOfTau: {
    newAccumulator(curve: import('ffjavascript').Curve, power: number, ptau: File): Promise<unknown>
    contribute(from: File, to: File, name: string, entropy: string): Promise<unknown>
    preparePhase2(from: File, to: File): Promise<unknown>
  }

  export const curves: { getCurveFromName(name: string): Promise<import('ffjavascript').Curve> }
}
