/** Stands in for test/prover/native/buildOnce.ts: main.ts has built what the tests load. */
export function buildOnce(): void {}
