import { type Address, BaseError, type Client, HttpRequestError, TimeoutError } from 'viem'
import { getCode, readContract } from 'viem/actions'
import { PoaError } from '../errors.ts'
import { inferenceEscrowAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'

/**
 * Reads from an escrow where the other four contracts are.
 * @param escrow in checksum form
 * @throws PoaError ESCROW_NOT_FOUND when there is no escrow at that address; viem's errors when nobody answers
 */
export async function readDeployment(client: Client, escrow: Address, blockNumber?: bigint): Promise<Deployment> {
  const at = blockNumber === undefined ? {} : { blockNumber }
  const notFound = (cause?: unknown) =>
    new PoaError('ESCROW_NOT_FOUND', `there is no InferenceEscrow at ${escrow} on this chain`, {
      cause,
      hint: 'Check escrow and chainId.',
    })
  if ((await getCode(client, { address: escrow, ...at })) === undefined) throw notFound()
  const read = (functionName: 'policyRegistry' | 'verifierRegistry' | 'modelRegistry' | 'ledger') =>
    readContract(client, { address: escrow, abi: inferenceEscrowAbi, functionName, ...at })
  try {
    const [policyRegistry, verifierRegistry, modelRegistry, epochLedger] = await Promise.all([
      read('policyRegistry'),
      read('verifierRegistry'),
      read('modelRegistry'),
      read('ledger'),
    ])
    return { policyRegistry, verifierRegistry, modelRegistry, epochLedger, inferenceEscrow: escrow }
  } catch (error) {
    const isSilent = (inner: unknown) => inner instanceof HttpRequestError || inner instanceof TimeoutError
    if (error instanceof PoaError || (error instanceof BaseError && error.walk(isSilent) !== null)) throw error
    // The code there has no such functions.
    throw notFound(error)
  }
}
