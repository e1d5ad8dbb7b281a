/** Mutants that no test can tell from the contract, by the reason why. Named as `nameOf` does. */
export const ACCEPTED_SURVIVORS: readonly { readonly reason: string; readonly mutants: readonly string[] }[] = []
