import { type Address, getAddress, type Hex } from 'viem'
import {
  type ContractEvent,
  type ContractEventName,
  type ContractName,
  decodeContractEvent,
} from '../../chain/decodeContractEvent.ts'
import { PoaError } from '../../errors.ts'
import type { BlockMark, CallRecord, EventRecord, TracesRecord } from '../AuditRecord.ts'
import type { Place } from '../Finding.ts'
import { shortened } from './AuditOutput.ts'
import type { ArgsOf, Books, Occasion } from './Books.ts'
import { closeEpoch, noteNetting } from './epochs.ts'
import { creditAccount, matchCredits, withdraw } from './money.ts'
import { readRegistration, readSettlement } from './readCalldata.ts'
import {
  changeOperator,
  publishPolicy,
  registerCircuit,
  registerIndex,
  registerModel,
  registerModelVersion,
  retireCircuit,
} from './registries.ts'
import { finishOpenings, openEpoch, payRequest, refundRequest, sealBatch } from './requests.ts'
import { bookSettlement, finishBookings, settleBatch } from './settlements.ts'

type Handler<Name extends ContractEventName> = (books: Books, args: ArgsOf<Name>, at: Occasion) => void

/** Who may seal and who governs is the contracts' to check: what is sealed, and what is decided, has events of its own. */
const NOTHING = () => undefined

const HANDLERS: { readonly [Name in ContractEventName]: Handler<Name> } = {
  PolicyPublished: publishPolicy,
  CircuitRegistered: registerCircuit,
  CircuitRetired: retireCircuit,
  ModelRegistered: registerModel,
  ModelVersionRegistered: registerModelVersion,
  IndexRegistered: registerIndex,
  OperatorChanged: changeOperator,
  EpochOpened: openEpoch,
  RequestPaid: payRequest,
  BatchSealed: sealBatch,
  BatchSettled: settleBatch,
  BatchBooked: bookSettlement,
  RequestRefunded: refundRequest,
  ContributorNetted: noteNetting,
  EpochClosed: closeEpoch,
  AccountCredited: creditAccount,
  Withdrawn: withdraw,
  SealerApproved: NOTHING,
  OwnershipTransferStarted: NOTHING,
  OwnershipTransferred: NOTHING,
}

export function enterTransaction(books: Books, hash: Hex): void {
  if (books.transaction?.hash === hash) return
  endTransaction(books)
  books.transaction = {
    hash,
    events: 0,
    calldata: 0,
    settles: [],
    registers: [],
    traces: new Map(),
    opened: new Map(),
    bookings: new Map(),
    repeated: new Set(),
    nettings: new Map(),
    credits: [],
    due: [],
    unexplained: [],
  }
}

/** Judges what only a whole transaction shows. */
export function endTransaction(books: Books): void {
  if (books.transaction === null) return
  finishOpenings(books)
  finishBookings(books)
  for (const { args, place } of [...books.transaction.nettings.values()].flat()) {
    const { modelId, epochId, contributor } = args
    books.transaction.unexplained.push(args.paidWei)
    books.output.find('NETTING_DIFFERS', { modelId, epochId, account: contributor }, place, {
      expected: 'the closing of its epoch after it',
      found: 'none',
      message: `${contributor} was netted for epoch ${epochId}, but no event says that the epoch was closed`,
    })
  }
  matchCredits(books)
  for (const batchId of books.transaction.traces.keys()) reportTraces(books, batchId)
  books.transaction = null
}

/** Calls and chars of calldata that are kept of a transaction, many times what a block has room for. */
const MOST_CALLS = 256
const MOST_CALLDATA = 1 << 26

/** Calldata, for the events that follow. Of more than any transaction makes the rest is dropped, and so missing. */
export function noteCall(books: Books, { function: name, transaction: hash, data, reason }: CallRecord): void {
  enterTransaction(books, hash)
  const transaction = books.transaction!
  transaction.calldata += data?.length ?? 0
  if (transaction.settles.length + transaction.registers.length >= MOST_CALLS) return
  if (transaction.calldata > MOST_CALLDATA) return
  const said = { isMissing: data === null, reason: reason === null ? null : shortened(reason) }
  if (name === 'settle') transaction.settles.push({ ...said, read: data === null ? null : readSettlement(data) })
  else transaction.registers.push({ ...said, read: data === null ? null : readRegistration(data) })
}

/** A disclosed batch, for its settlement: it follows the calls of that transaction, and there are no more of them than these. */
export function noteTraces(books: Books, { batchId: id, traceBatch }: TracesRecord): void {
  const batchId = BigInt(id)
  const { settles, traces } = books.transaction ?? { settles: [], traces: new Map<bigint, unknown>() }
  const isExpected = settles.some(({ read }) => read === null || read.batchId === batchId)
  if (isExpected && traces.size < settles.length) traces.set(batchId, traceBatch)
  else reportTraces(books, batchId)
}

function reportTraces({ output }: Books, batchId: bigint): void {
  output.find('TRACES_OF_NO_BATCH', { batchId }, null, {
    message: `traces of batch ${batchId} are disclosed, and no settlement of it is at hand to compare them with`,
  })
}

export function replayEvent(books: Books, contracts: ReadonlyMap<Address, ContractName>, record: EventRecord): void {
  const place: Place = { transaction: record.transaction, block: record.block.number, logIndex: record.logIndex }
  if (!isAfter(place, books.lastPlace)) {
    books.output.find('EVENTS_OUT_OF_ORDER', {}, place, {
      expected: `after log ${books.lastPlace!.logIndex} of block ${books.lastPlace!.block}`,
      found: `log ${place.logIndex} of block ${place.block}`,
      message: 'an event stands before one that the chain has earlier, or twice; it was left out',
    })
    return
  }
  requireBlock(books, record, place)
  books.lastPlace = place
  enterTransaction(books, record.transaction)
  books.totals.events += 1
  if (isTooMany(books, place)) return
  const contract = contracts.get(getAddress(record.contract))
  let event: ContractEvent
  try {
    if (contract === undefined) throw new PoaError('UNKNOWN_EVENT', `${record.contract} is none of the contracts`)
    event = decodeContractEvent(record, contract)
  } catch (error) {
    if (!(error instanceof PoaError)) throw error
    books.output.find('EVENT_UNKNOWN', { contract: record.contract }, place, {
      found: record.topics[0] ?? 'no topic',
      message: error.message,
    })
    return
  }
  // Each handler takes the arguments of its own event, which was just matched by name.
  const handle = HANDLERS[event.eventName] as Handler<ContractEventName>
  handle(books, event.args as never, { place, block: record.block })
}

/** Events of one transaction that are replayed; a block has room for a few thousand. What is done once for each of them may look at all others. */
const MOST_EVENTS = 20_000

function isTooMany({ output, transaction }: Books, place: Place): boolean {
  transaction!.events += 1
  if (transaction!.events === MOST_EVENTS + 1) {
    output.find('TRANSACTION_TOO_LONG', {}, place, {
      expected: `at most ${MOST_EVENTS} events`,
      found: 'more',
      message: `transaction ${transaction!.hash} has more events than a block has room for; the others were left out`,
    })
  }
  return transaction!.events > MOST_EVENTS
}

/**
 * A chain has one time and one hash for a block, and its time never runs backwards. Whoever could give each event a time of its own could move it before
 * or after any deadline.
 */
function requireBlock(books: Books, { block, transaction }: EventRecord, place: Place): void {
  const { header, lastBlock, lastPlace } = books
  const pinned = header.block
  const find = (expected: string, found: string) =>
    books.output.find('BLOCK_DIFFERS', {}, place, {
      expected,
      found,
      message: `what the evidence says of block ${block.number} fits no chain: ${found} where it must be ${expected}`,
    })
  const known = [pinned, lastBlock].find((mark) => mark?.number === block.number)
  if (block.number < header.fromBlock || block.number > pinned.number) {
    find(`a block in ${header.fromBlock} .. ${pinned.number}`, `block ${block.number}`)
  } else if (known !== undefined && known !== null) {
    if (!isSameBlock(known, block)) find(describeBlock(known), describeBlock(block))
  } else if (block.timestamp > pinned.timestamp || block.timestamp < (lastBlock?.timestamp ?? 0)) {
    find(`a time in ${lastBlock?.timestamp ?? 0} .. ${pinned.timestamp}`, `the time ${block.timestamp}`)
  } else books.lastBlock = block
  if (lastPlace?.transaction === transaction && lastPlace.block !== block.number)
    find(`all of a transaction in block ${lastPlace.block}`, `more of it in block ${block.number}`)
}

const isSameBlock = (one: BlockMark, other: BlockMark) => one.hash === other.hash && one.timestamp === other.timestamp
const describeBlock = ({ hash, timestamp }: BlockMark) => `hash ${hash} at ${timestamp}`

const isAfter = (place: Place, last: Place | null) =>
  last === null || place.block > last.block || (place.block === last.block && place.logIndex > last.logIndex)
