import { type AbiEvent, encodeAbiParameters, encodeEventTopics, type Hex, toEventSelector } from 'viem'
import {
  ABI_OF,
  type ContractEvent,
  type ContractEventName,
  decodeContractEvent,
} from '../../src/chain/decodeContractEvent.ts'

type ArgsOf<Name extends ContractEventName> = Extract<ContractEvent, { eventName: Name }>['args']
/** A log, as a record of an audit or as an RPC's answer. */
export type RawLog = { topics: readonly Hex[]; data: Hex }

const EVENTS = Object.values(ABI_OF)
  .flatMap((abi) => abi as readonly { type: string }[])
  .filter((item): item is AbiEvent => item.type === 'event')

/** Whether a log is this event; `where` looks at its arguments. */
export function isEvent<Name extends ContractEventName>(
  log: RawLog,
  name: Name,
  where: (args: ArgsOf<Name>) => boolean = () => true,
): boolean {
  const abi = EVENTS.find((event) => event.name === name)!
  if (log.topics[0] !== toEventSelector(abi)) return false
  return where(decodeContractEvent(log).args as ArgsOf<Name>)
}

/** The log with other arguments. */
export function withArgs<Log extends RawLog, Name extends ContractEventName>(
  log: Log,
  name: Name,
  change: (args: ArgsOf<Name>) => Partial<ArgsOf<Name>>,
): Log {
  const abi = EVENTS.find((event) => event.name === name)!
  const args = decodeContractEvent(log).args as Record<string, unknown>
  const changed = { ...args, ...change(args as ArgsOf<Name>) } as Record<string, unknown>
  const plain = abi.inputs.filter(({ indexed }) => indexed !== true)
  return {
    ...log,
    topics: encodeEventTopics({ abi: [abi], eventName: name, args: changed } as never),
    data: encodeAbiParameters(
      plain,
      plain.map((input) => changed[input.name!]),
    ),
  }
}
