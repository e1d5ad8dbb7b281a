import {
  type Address,
  type Client,
  type Hash,
  type Hex,
  isAddressEqual,
  parseEventLogs,
  TransactionReceiptNotFoundError,
} from 'viem'
import { getTransactionReceipt } from 'viem/actions'
import { inferenceEscrowAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'
import { describeFailure } from './executeContract.ts'

/** A payment for one inference, as the escrow logged it. */
export type Payment = {
  readonly requestId: bigint
  readonly modelId: bigint
  readonly epochId: bigint
  readonly payer: Address
  readonly feeWei: bigint
  /** The contributors' share of the fee. */
  readonly poolWei: bigint
  /** What the payer asks for, hashed. */
  readonly requestHash: Hex
  /** Unix seconds until which it may be sealed. */
  readonly sealDeadline: bigint
}

/**
 * The payments that a transaction made to an escrow; none when it is unknown, not mined yet, or failed. Whether a payment is still open is for
 * `requestOf` to say.
 * @throws PoaError TRANSACTION_FAILED when there is no chain to answer
 */
export async function readPayments(
  client: Client,
  { inferenceEscrow }: Pick<Deployment, 'inferenceEscrow'>,
  { transactionHash }: { transactionHash: Hash },
): Promise<readonly Payment[]> {
  try {
    const { logs } = await getTransactionReceipt(client, { hash: transactionHash })
    const own = logs.filter(({ address }) => isAddressEqual(address, inferenceEscrow))
    return parseEventLogs({ abi: inferenceEscrowAbi, eventName: 'RequestPaid', logs: own }).map(({ args }) => args)
  } catch (cause) {
    if (cause instanceof TransactionReceiptNotFoundError) return []
    throw describeFailure('readPayments', cause)
  }
}
