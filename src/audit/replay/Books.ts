import type { Address, Hex } from 'viem'
import type { ContractEvent, ContractName } from '../../chain/decodeContractEvent.ts'
import type { VerificationKey } from '../../proof/Groth16.ts'
import type { PolicyShares } from '../../statement/bookBatch.ts'
import type { SealedTraces } from '../../statement/context.ts'
import type { BlockMark, HeaderRecord, ReferenceRecord } from '../AuditRecord.ts'
import type { RequestFacts } from '../AuditRow.ts'
import type { FindingSubject, Place } from '../Finding.ts'
import type { ProofItem } from '../VerifyProofs.ts'
import type { AuditOutput } from './AuditOutput.ts'
import type { ExpectedAnswers } from './ExpectedAnswers.ts'
import type { Registration, Settlement } from './readCalldata.ts'

export type Policy = PolicyShares & {
  readonly treasury: Address
  readonly stakers: Address
  /** Seconds. */
  readonly epochLength: number
  readonly sealWindow: number
  readonly settleWindow: number
}

export type Circuit = {
  readonly circuitId: Hex
  readonly keyHash: Hex
  readonly verifier: Address
  readonly verifierCodehash: Hex
  readonly traces: number
  readonly contributors: number
  /** From the calldata of its registration; null when that could not be had or is not the registered one. */
  readonly key: VerificationKey | null
  readonly place: Place
  /** Unix seconds; null while it is in use. */
  retiredAt: number | null
  /** Whether the code of its verifier was among the evidence after its registration, and so was judged. */
  isCodeRead: boolean
}

export type ModelVersion = { readonly weightsCommitment: bigint; readonly circuitId: Hex }
export type Index = {
  readonly indexCommitment: bigint
  readonly modelVersion: bigint
  readonly contributors: readonly Address[]
}

/** A debt, and the epoch that left it. */
export type OwedDebt = { readonly amountWei: bigint; readonly indexVersion: bigint; readonly epochId: bigint }

export type Model = {
  readonly modelId: bigint
  readonly owner: Address
  /** Each with the second from which on it was the operator, in order; never none. */
  readonly operators: { readonly operator: Address; readonly since: number }[]
  modelVersion: bigint
  indexVersion: bigint
  readonly versions: Map<bigint, ModelVersion>
  readonly indexes: Map<bigint, Index>
  currentEpochId: bigint
  lastClosedEpochId: bigint
  /** As the replay nets them, and as the ledger logged them: alike but after a fault that was reported. */
  readonly debts: Map<Address, OwedDebt>
  readonly loggedDebts: Map<Address, OwedDebt>
  /** Everybody who ever stood in an index. */
  readonly contributors: Set<Address>
}

export type Epoch = {
  readonly modelId: bigint
  readonly epochId: bigint
  readonly modelVersion: bigint
  readonly indexVersion: bigint
  readonly policyId: bigint
  readonly circuitId: Hex
  readonly openedAt: number
  readonly endsAt: number
  requests: number
  settledRequests: number
  refundedRequests: number
  batches: number
  /** Once by what the replay computed, once by what the ledger logged. They differ only after a fault that was reported. */
  readonly own: Booked
  readonly logged: Booked
}

/** Pools and balances by slot, in wei. */
export type Booked = { poolsWei: bigint; readonly earningsWei: bigint[] }

export type OpenRequest = RequestFacts & {
  readonly modelId: bigint
  readonly epochId: bigint
  readonly sealDeadline: number
  readonly place: Place
  /** The batch that it is sealed in. */
  batchId: bigint | null
}

export type OpenBatch = {
  readonly batchId: bigint
  readonly modelId: bigint
  readonly epochId: bigint
  readonly batchHash: Hex
  readonly leaves: SealedTraces
  readonly settleDeadline: number
  readonly sealedAt: number
  /** Whose batch it is: the model's operator when it was sealed; null when the model is not known. */
  readonly operator: Address | null
  readonly place: Place
  /** null when the payment of one of its requests is not known. */
  readonly feesWei: bigint | null
  /** How many of its requests are not refunded. */
  open: number
}

/** The sums of one account, by cause; the ledger's own credits and withdrawals beside them. */
export type Account = {
  earnedWei: bigint
  refundedWei: bigint
  modelOwnerWei: bigint
  stakersWei: bigint
  proverWei: bigint
  treasuryWei: bigint
  /** As the ledger logged it. */
  creditedWei: bigint
  withdrawnWei: bigint
  /** What was to be withdrawn by the causes of its credits; withdrawnWei but after a fault that was reported. */
  withdrawableWei: bigint
}
export type CreditCause = 'earned' | 'refunded' | 'modelOwner' | 'stakers' | 'prover' | 'treasury'

/** Why an account is due something, and how much by the replay and by the log that says so. */
export type DueCredit = {
  readonly account: Address
  readonly cause: CreditCause
  readonly amountWei: bigint
  readonly loggedWei: bigint
  readonly subject: { modelId: bigint; epochId?: bigint; batchId?: bigint; requestId?: bigint }
  readonly place: Place
}

/** A settlement between its `BatchSettled` and its `BatchBooked`. */
export type PendingBooking = {
  readonly batch: OpenBatch
  readonly prover: Address
  readonly place: Place
  readonly settledAt: number
  /** In 2^-64 wei; null when the calldata could not be had. */
  readonly earnings: readonly bigint[] | null
  /** With a sound key and a claim from which signals can be derived. */
  readonly proof: { readonly key: VerificationKey; readonly item: ProofItem } | null
  readonly requests: readonly RequestFacts[]
}

type EventNamed<Name extends ContractEvent['eventName']> = Extract<ContractEvent, { eventName: Name }>
/** The arguments of an event. */
export type ArgsOf<Name extends ContractEvent['eventName']> = EventNamed<Name>['args']
export type Netting = { readonly args: ArgsOf<'ContributorNetted'>; readonly place: Place }

/** The calldata of a call, read once however many events ask for it. */
export type ReadCall<Read> = {
  /** null when it is not of the function, or missing. */
  readonly read: Read | null
  readonly isMissing: boolean
  readonly reason: string | null
}

/** What is known of a transaction until its last event. */
export type Transaction = {
  readonly hash: Hex
  events: number
  /** Chars of it that were read. */
  calldata: number
  readonly settles: ReadCall<Settlement>[]
  readonly registers: ReadCall<Registration>[]
  /** Disclosed batches that wait for their settlement, by batch. */
  readonly traces: Map<bigint, unknown>
  readonly bookings: Map<bigint, PendingBooking>
  /** Batches that it settles though nothing of them waited. */
  readonly repeated: Set<bigint>
  /** Epochs that were opened and that no payment entered yet, by `epochKey`. */
  readonly opened: Map<string, { readonly subject: FindingSubject; readonly place: Place }>
  /** Of epochs that were not closed yet, by `epochKey`. */
  readonly nettings: Map<string, Netting[]>
  readonly credits: { readonly account: Address; readonly amountWei: bigint; readonly place: Place }[]
  readonly due: DueCredit[]
  /** Sums that were booked for what was reported as wrong: credits of these amounts have a cause, if a bad one. */
  readonly unexplained: bigint[]
}

/** An event, decoded, with where and when it happened. */
export type Occasion = { readonly place: Place; readonly block: BlockMark }

/** Everything that a replay knows between two records. What is final is dropped, but for sums. */
export type Books = {
  readonly header: HeaderRecord
  readonly output: AuditOutput
  readonly answers: ExpectedAnswers
  readonly references: ReferenceRecord[]
  readonly policies: Map<bigint, Policy>
  readonly circuits: Map<Hex, Circuit>
  readonly models: Map<bigint, Model>
  /** Epochs that are not closed, by `epochKey`. */
  readonly epochs: Map<string, Epoch>
  /** Requests that are neither settled nor refunded. */
  readonly requests: Map<bigint, OpenRequest>
  /** Batches that are not settled and of which a request is left. */
  readonly batches: Map<bigint, OpenBatch>
  readonly accounts: Map<Address, Account>
  /** Coins that the contracts hold, in wei. */
  readonly balances: Map<Address, bigint>
  /** Contracts of the deployment whose code is among the evidence. */
  readonly coded: Set<ContractName>
  /** What no event made known, so that each is reported once. */
  readonly unknown: Set<string>
  /** Ids that no event made known, each reported where it was left out. */
  readonly skipped: { readonly requests: Set<bigint>; readonly batches: Set<bigint> }
  requestCount: bigint
  batchCount: bigint
  policyCount: bigint
  /** Of all indexes together. */
  contributorCount: number
  transaction: Transaction | null
  lastPlace: Place | null
  /** The newest block that an event was of, as the first of its events tells of it. */
  lastBlock: BlockMark | null
  readonly totals: Totals
}

/** Sums over everything, in wei, and counts. */
export type Totals = {
  requests: number
  settledRequests: number
  refundedRequests: number
  batches: number
  settledBatches: number
  disclosedBatches: number
  epochs: number
  closedEpochs: number
  events: number
  feesWei: bigint
  settledFeesWei: bigint
  poolsWei: bigint
  paidWei: bigint
  refundedWei: bigint
  modelOwnersWei: bigint
  stakersWei: bigint
  proversWei: bigint
  treasuryWei: bigint
  withdrawnWei: bigint
  claimableWei: bigint
}

export const currentOperatorOf = ({ operators }: Model) => operators.at(-1)!.operator

/** Who was to act at a second; the first operator before there was one. */
export const operatorAt = ({ operators }: Model, timestamp: number) =>
  (operators.findLast(({ since }) => since <= timestamp) ?? operators[0]!).operator

/** Whether nothing of an epoch could be sealed or settled any more at a second, because its circuit had been retired. */
export function isRetiredAt({ circuits }: Books, { circuitId }: Pick<Epoch, 'circuitId'>, timestamp: number): boolean {
  const retiredAt = circuits.get(circuitId)?.retiredAt ?? null
  return retiredAt !== null && retiredAt <= timestamp
}

export const epochKey = (modelId: bigint, epochId: bigint) => `${modelId}/${epochId}`

export function accountOf({ accounts }: Books, address: Address): Account {
  let account = accounts.get(address)
  if (account === undefined) {
    account = {
      earnedWei: 0n,
      refundedWei: 0n,
      modelOwnerWei: 0n,
      stakersWei: 0n,
      proverWei: 0n,
      treasuryWei: 0n,
      creditedWei: 0n,
      withdrawnWei: 0n,
      withdrawableWei: 0n,
    }
    accounts.set(address, account)
  }
  return account
}

/** What an account was due by the causes of its credits. */
export function dueOf(sums: Account): bigint {
  const { earnedWei, refundedWei, modelOwnerWei, stakersWei, proverWei, treasuryWei } = sums
  return earnedWei + refundedWei + modelOwnerWei + stakersWei + proverWei + treasuryWei
}
