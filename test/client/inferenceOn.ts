import { keccak256, toBytes } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { AnsweredInference } from '../../src/client/signTrace.ts'
import { shapeNamed } from '../../src/shape.ts'

export const tiny = shapeNamed('tiny')
export const operator = privateKeyToAccount(keccak256(toBytes('client test: operator')))

/** An answer to a request, of a model that no chain knows. */
export function inferenceOn(requestId: bigint): AnsweredInference {
  return {
    chainId: 31337n,
    escrow: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
    shape: tiny,
    modelId: 1n,
    requestId,
    features: [...Array.from({ length: tiny.features - 1 }, (_, i) => i - 3), 127],
    label: 1,
    deadline: 1_900_000_000n,
  }
}
