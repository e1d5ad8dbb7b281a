import type { Address } from 'viem'

/** Where the contracts of one deployment are. */
export type Deployment = {
  readonly policyRegistry: Address
  readonly verifierRegistry: Address
  readonly modelRegistry: Address
  readonly epochLedger: Address
  readonly inferenceEscrow: Address
}
