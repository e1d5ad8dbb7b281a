import { PoaError } from '../../src/errors.ts'
import type { NodeChain } from '../indexing/connectChain.ts'

/** What a transaction offers (EIP-1559), in wei a unit of gas. */
export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

/** A node takes a replacement for at least a tenth more, of both; a quarter gets there in fewer steps. */
const RAISE = { numerator: 5n, denominator: 4n }
const LEAST_RAISE = { numerator: 11n, denominator: 10n }

/**
 * Fees that bear a doubling of the base fee, up to the cap.
 * @throws PoaError FEE_CAP_REACHED while the base fee itself is above the cap; CHAIN_WITHOUT_BASE_FEE
 */
export async function chooseFees({ client }: NodeChain, capWei: bigint): Promise<Fees> {
  const { baseFeePerGas } = await client.getBlock()
  if (baseFeePerGas === null) throw new PoaError('CHAIN_WITHOUT_BASE_FEE', 'the chain has no EIP-1559 fees')
  if (baseFeePerGas > capWei) throw feeCapReached(`the base fee is ${baseFeePerGas}`, capWei)
  const tip = await client.estimateMaxPriorityFeePerGas()
  const maxFeePerGas = least(2n * baseFeePerGas + tip, capWei)
  return { maxFeePerGas, maxPriorityFeePerGas: least(tip, maxFeePerGas) }
}

/**
 * Fees for a replacement, at least those that a new transaction would offer.
 * @throws PoaError FEE_CAP_REACHED when the cap leaves no room for the least raise that nodes take
 */
export function raiseFees(previous: Fees, fresh: Fees, capWei: bigint): Fees {
  const maxFeePerGas = least(most(scaleUp(previous.maxFeePerGas, RAISE), fresh.maxFeePerGas), capWei)
  const raisedTip = most(scaleUp(previous.maxPriorityFeePerGas, RAISE), previous.maxPriorityFeePerGas + 1n)
  const maxPriorityFeePerGas = least(most(raisedTip, fresh.maxPriorityFeePerGas), maxFeePerGas)
  if (
    maxFeePerGas < scaleUp(previous.maxFeePerGas, LEAST_RAISE) ||
    maxPriorityFeePerGas < scaleUp(previous.maxPriorityFeePerGas, LEAST_RAISE)
  )
    throw feeCapReached(`the last attempt offered ${previous.maxFeePerGas}`, capWei)
  return { maxFeePerGas, maxPriorityFeePerGas }
}

function feeCapReached(what: string, capWei: bigint): PoaError {
  return new PoaError('FEE_CAP_REACHED', `${what} wei a unit of gas, and the node offers at most ${capWei}`, {
    hint: 'Wait for the fees to fall, or raise maxFeePerGasWei.',
  })
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)
const most = (a: bigint, b: bigint) => (a > b ? a : b)
const scaleUp = (wei: bigint, { numerator, denominator }: typeof RAISE) =>
  (wei * numerator + denominator - 1n) / denominator
