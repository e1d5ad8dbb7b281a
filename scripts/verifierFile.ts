/** Name of the source file, below verifier-contracts/src/generated/, of the verifier of a shape: `small` has SmallVerifier.sol. */
export function verifierFile(shapeName: string): string {
  return `${shapeName[0]!.toUpperCase()}${shapeName.slice(1)}Verifier.sol`
}
