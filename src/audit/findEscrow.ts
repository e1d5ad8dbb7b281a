import { type AbiEvent, type Address, type Client, getAddress } from 'viem'
import { inferenceEscrowAbi } from '../chain/abi.ts'
import { readLogRanges } from '../chain/readLogRanges.ts'
import { PoaError } from '../errors.ts'
import { sayList } from './explain/say.ts'

/** Anyone can deploy what emits the same events, and as often as they like. */
const NAMED_ESCROWS = 5

const MARKS = ['RequestPaid', 'BatchSealed']

/**
 * Finds the one escrow of a chain by the events that an escrow emits, whoever emits them.
 * @throws PoaError ESCROW_NOT_FOUND when nobody does, ESCROW_AMBIGUOUS when several do
 */
export async function findEscrow(
  client: Client,
  range: { readonly fromBlock: bigint; readonly toBlock: bigint },
): Promise<Address> {
  const events = inferenceEscrowAbi.filter((item) => item.type === 'event' && MARKS.includes(item.name)) as AbiEvent[]
  const emitters = new Set<Address>()
  for await (const { logs } of readLogRanges(client, { events }, range))
    for (const { address } of logs) emitters.add(getAddress(address))
  const [escrow, ...others] = emitters
  if (escrow === undefined) {
    throw new PoaError('ESCROW_NOT_FOUND', `no contract emitted ${MARKS.join(' or ')} up to block ${range.toBlock}`, {
      hint: 'Is it the right chain? An escrow that nobody paid to yet is named with --escrow.',
    })
  }
  if (others.length > 0) {
    throw new PoaError('ESCROW_AMBIGUOUS', `there are several escrows: ${sayList([...emitters], NAMED_ESCROWS)}`, {
      hint: 'Name the one to audit with --escrow: anyone can deploy another one.',
    })
  }
  return escrow
}
