import { type AbiEvent, type DecodeEventLogReturnType, decodeEventLog, type Hex, toEventSelector } from 'viem'
import { PoaError } from '../errors.ts'
import { epochLedgerAbi, inferenceEscrowAbi, modelRegistryAbi, policyRegistryAbi, verifierRegistryAbi } from './abi.ts'
import type { Deployment } from './Deployment.ts'

export type ContractName = keyof Deployment

/** What each contract of a deployment can be asked and emits. */
export const ABI_OF = {
  policyRegistry: policyRegistryAbi,
  verifierRegistry: verifierRegistryAbi,
  modelRegistry: modelRegistryAbi,
  epochLedger: epochLedgerAbi,
  inferenceEscrow: inferenceEscrowAbi,
} as const satisfies Record<ContractName, unknown>

const CONTRACTS_ABI = [
  ...policyRegistryAbi,
  ...verifierRegistryAbi,
  ...modelRegistryAbi,
  ...epochLedgerAbi,
  ...inferenceEscrowAbi,
] as const

export type ContractEvent = DecodeEventLogReturnType<typeof CONTRACTS_ABI>
export type ContractEventName = ContractEvent['eventName']

/** Events by topic: viem would hash every signature of the ABI for each log. */
const EVENTS = new Map<Hex, { readonly event: AbiEvent; readonly emitters: ContractName[] }>()
for (const [contract, abi] of Object.entries(ABI_OF) as [ContractName, readonly { type: string }[]][]) {
  for (const item of abi) {
    if (item.type !== 'event') continue
    const topic = toEventSelector(item as AbiEvent)
    const known = EVENTS.get(topic)
    if (known === undefined) EVENTS.set(topic, { event: item as AbiEvent, emitters: [contract] })
    else known.emitters.push(contract)
  }
}

/**
 * Decodes a log of one of the five contracts.
 * @param emitter which of them emitted it, if that is to be checked as well
 * @throws PoaError UNKNOWN_EVENT for one that is not in the ABI, or not of that form: going on without it could leave out what matters
 */
export function decodeContractEvent(
  { topics, data }: { readonly topics: readonly Hex[]; readonly data: Hex },
  emitter?: ContractName,
): ContractEvent {
  const known = topics[0] === undefined ? undefined : EVENTS.get(topics[0])
  try {
    if (known === undefined) throw new TypeError('an unknown topic')
    if (emitter !== undefined && !known.emitters.includes(emitter)) throw new TypeError(`not an event of ${emitter}`)
    return decodeEventLog({ abi: [known.event], topics: topics as [Hex, ...Hex[]], data }) as unknown as ContractEvent
  } catch (cause) {
    throw new PoaError('UNKNOWN_EVENT', `the contracts emitted an event unknown here, topic ${topics[0]}`, {
      cause,
      hint: 'The contracts are of another version than this program: update it, or check escrow.',
    })
  }
}
