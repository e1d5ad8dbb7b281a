// ffjavascript ships no types. Only what this project calls is declared.
declare module 'ffjavascript' {
  /** Memory and code of the WebAssembly that implements the curve. */
  export type ThreadManager = {
    /** Single-thread mode only: the WebAssembly binary. */
    readonly code: Uint8Array<ArrayBuffer>
    /** Addresses of the affine generators in a fresh instance's memory. */
    readonly pG1gen: number
    readonly pG2gen: number
  }

  export type Curve = {
    readonly name: string
    readonly q: bigint
    readonly r: bigint
    readonly tm: ThreadManager
    /** Ends the worker threads; without it a process that built a multi-threaded curve never exits. */
    terminate(): Promise<void>
  }

  /** Builds BN254. A multi-threaded curve is kept in `globalThis.curve_bn128` and shared by every caller. */
  export function buildBn128(singleThread?: boolean): Promise<Curve>
}
