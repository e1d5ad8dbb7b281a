import { encodeFunctionData, type Hex, keccak256, type PrivateKeyAccount, parseEventLogs, toBytes } from 'viem'
import { getTransactionCount, sendRawTransaction, waitForTransactionReceipt } from 'viem/actions'
import type { ReportProgress } from '../../prover/StageProgress.ts'
import { inferenceEscrowAbi } from '../../src/chain/abi.ts'
import type { Deployment } from '../../src/chain/Deployment.ts'
import { connect } from '../demo/connect.ts'
import type { LocalChain } from '../startLocalChain.ts'

const GAS_LIMIT = 300_000n
const GAS_PRICE_WEI = 2_000_000_000n
const SENT_AT_ONCE = 50

/**
 * Pays for many inferences, one transaction each, without the simulation and the waiting that a careful client does for one.
 * @returns the request ids, in order
 */
export async function payMany(
  chain: LocalChain,
  payer: PrivateKeyAccount,
  { inferenceEscrow }: Deployment,
  { modelId, feeWei, count }: { modelId: bigint; feeWei: bigint; count: number },
  report: ReportProgress,
): Promise<bigint[]> {
  const client = connect(chain, payer)
  const firstNonce = await getTransactionCount(client, { address: payer.address })
  const requestIds: bigint[] = []
  for (let start = 0; start < count; start += SENT_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(SENT_AT_ONCE, count - start) }, (_, i) => start + i)
    const hashes: Hex[] = []
    // In order: the chain takes an account's transactions by nonce.
    for (const number of numbers) {
      const serializedTransaction = await payer.signTransaction({
        chainId: chain.chain.id,
        type: 'eip1559',
        to: inferenceEscrow,
        data: encodeFunctionData({
          abi: inferenceEscrowAbi,
          functionName: 'pay',
          args: [modelId, keccak256(toBytes(`benchmark request ${number}`))],
        }),
        value: feeWei,
        nonce: firstNonce + number,
        gas: GAS_LIMIT,
        maxFeePerGas: GAS_PRICE_WEI,
        maxPriorityFeePerGas: 0n,
      })
      hashes.push(await sendRawTransaction(client, { serializedTransaction }))
    }
    for (const hash of hashes) {
      const { logs } = await waitForTransactionReceipt(client, { hash })
      const [paid] = parseEventLogs({ abi: inferenceEscrowAbi, logs, eventName: 'RequestPaid' })
      requestIds.push(paid!.args.requestId)
    }
    report(requestIds.length / count, `${requestIds.length} of ${count}`)
  }
  return requestIds
}
