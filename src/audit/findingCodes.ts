import type { Severity } from './Finding.ts'

type CodeEntry = { readonly severity: Severity; readonly title: string }

const fault = (title: string) => ({ severity: 'fault', title }) as const
const gap = (title: string) => ({ severity: 'gap', title }) as const
const anomaly = (title: string) => ({ severity: 'anomaly', title }) as const
const info = (title: string) => ({ severity: 'info', title }) as const

/** Every finding there is: how grave it is and what it says, in the order of a batch's life. */
export const FINDING_CODES = {
  // The evidence itself.
  EVENTS_OUT_OF_ORDER: fault('An event stands before one that the chain has earlier, or twice'),
  BLOCK_DIFFERS: fault('An event is of a block that the evidence tells differently elsewhere, or that was not audited'),
  TRANSACTION_TOO_LONG: fault('A transaction has more events than a block has room for'),
  EVENT_UNKNOWN: gap('A contract emitted an event that this version does not know'),
  SUBJECT_UNKNOWN: fault('An event is about something that no event before it made known'),
  ID_OUT_OF_ORDER: fault('Ids count up by one; an event in between is missing or too many'),
  CALLDATA_MISSING: gap('The calldata of a settlement or registration could not be had'),
  CALLDATA_DIFFERS: fault('The calldata is not of the event that it is said to have caused'),
  STATE_MISSING: gap('What a contract answers at the pinned block was not read'),
  CONTRACT_WITHOUT_CODE: fault('There is no code where a contract should be'),
  CONTRACT_CODE_DIFFERS: fault('The code of one of the five contracts is not what is compiled from their source'),
  CONTRACT_NOT_COMPARED: gap('The code of one of the five contracts could not be compared with a compiled one'),

  // Registries.
  POLICY_INVALID: fault('A policy has shares or windows that the registry refuses'),
  POLICY_STATE_DIFFERS: fault('The policy registry answers something else than it published'),
  CIRCUIT_REGISTERED_TWICE: fault('A circuit was registered again, which would hide that it had been retired'),
  CIRCUIT_SIZE_OUT_OF_RANGE: fault('A circuit has more inferences or contributors than the registry accepts, or none'),
  CIRCUIT_KEY_DIFFERS: fault('The key in the calldata is not the one whose hash was registered'),
  CIRCUIT_KEY_UNSOUND: fault('Anyone can forge proofs under the registered key'),
  CIRCUIT_KEY_IS_DEV: fault('A DEV key guards real money: its secret is published'),
  CIRCUIT_KEY_NOT_OURS: fault('The registered key is not the one that these artifacts have for the circuit'),
  CIRCUIT_STATE_DIFFERS: fault('The verifier registry answers something else than it registered'),
  VERIFIER_CODE_CHANGED: fault('The code of a verifier is not what was registered'),
  VERIFIER_OF_OTHER_KEY: fault('The code of a verifier is not what is generated from the registered key'),
  VERIFIER_NOT_COMPARED: gap('The code of a verifier could not be compared with a generated one'),
  MODEL_INVALID: fault('A model has a commitment or an operator that the registry refuses'),
  MODEL_STATE_DIFFERS: fault('The model registry answers something else than it registered'),
  INDEX_INVALID: fault('An index has a commitment, a head or contributors that the registry refuses'),
  INDEX_STATE_DIFFERS: fault('The model registry answers another index than it registered'),

  // Payment.
  FEE_OUT_OF_RANGE: fault('A fee is outside 1 .. 2^76-1 wei'),
  EPOCH_RULE_BROKEN: fault('A payment entered another epoch than the rule gives'),
  EPOCH_POLICY_DIFFERS: fault('An epoch pinned another policy than the current one'),
  EPOCH_VERSIONS_DIFFER: fault('An epoch pinned another head, index or circuit than the model had'),
  EPOCH_END_DIFFERS: fault('An epoch ends at another second than its policy says'),
  POOL_DIFFERS: fault('A pool is not the contributors’ share of its fee'),
  DEADLINE_DIFFERS: fault('A deadline is not what the pinned policy makes of it'),

  // Seal.
  REQUEST_NOT_PAID: fault('A request was sealed, settled or refunded that was not in the state for it'),
  REQUEST_OF_OTHER_EPOCH: fault('A batch holds a request of another model or epoch'),
  BATCH_SIZE_OUT_OF_RANGE: fault('A batch is empty or larger than its circuit'),
  BATCH_HASH_DIFFERS: fault('The batch hash is not that of the sealed leaves'),
  COMMITMENT_OUT_OF_RANGE: fault('A sealed commitment is not in 1 .. r-1'),
  DEADLINE_PASSED: fault('Something was sealed or settled after its deadline'),
  CIRCUIT_IS_RETIRED: fault(
    'Something was registered, opened, sealed or settled under a retired circuit, or it was retired again',
  ),

  // Settlement.
  BATCH_SETTLED_TWICE: fault('A batch was settled that had been settled before, or refunded'),
  BATCH_OF_OTHER_EPOCH: fault('A batch was settled or booked for another model or epoch than it was sealed in'),
  LEAVES_DIFFER: fault('The leaves in the calldata are not those that were sealed'),
  CONTEXT_DIFFERS: fault('The escrow gives another context than the batch, its epoch and its prover do'),
  EARNINGS_OUT_OF_BOUNDS: fault('The claimed earnings exceed the pools'),
  PROOF_INVALID: fault('The proof of a settled batch does not show what was claimed'),
  PROOF_NOT_CHECKED: gap('The proof of a settled batch could not be checked'),
  BOOKING_MISSING: fault('A settled batch was not booked'),
  BOOKING_WITHOUT_SETTLEMENT: fault('Something was booked that was not settled'),
  FEES_DIFFER: fault('A batch was booked with another sum than its fees'),
  SHARE_DIFFERS: fault('A share of a batch is not what the pinned policy makes of its fees'),
  EARNING_DIFFERS: fault('A slot was booked another earning than the proof shows'),

  // Epochs.
  EPOCH_CLOSED_WRONGLY: fault('An epoch was closed out of order, twice, too early or with requests outstanding'),
  OPENING_DIFFERS: fault('A contributor’s opening balance is not what earlier epochs left'),
  BOOKED_DIFFERS: fault('What an epoch nets for a contributor is not what its batches booked'),
  PAYOUT_DIFFERS: fault('A contributor was paid another amount than the netting gives'),
  CARRIED_DIFFERS: fault('A contributor carries another debt than the netting gives'),
  NETTING_DIFFERS: fault('A contributor was netted that is not in the slot, or was left out'),
  EPOCH_TOTALS_DIFFER: fault('The totals of a closed epoch are not the sums of its parts'),

  // Money.
  CREDIT_DIFFERS: fault('An account was credited with another amount than it was due'),
  CREDIT_MISSING: fault('An account was not credited with what it was due'),
  CREDIT_WITHOUT_CAUSE: fault('An account was credited with something that nothing is the cause of'),
  REFUND_TOO_EARLY: fault('A request was refunded before its deadline'),
  REFUND_DIFFERS: fault('A refund is not the fee, or not to the payer'),
  WITHDRAWAL_DIFFERS: fault('A withdrawal is not all that the account had been credited'),

  // What the contracts answer at the pinned block.
  COUNT_DIFFERS: fault('A contract counts more or fewer than there are events'),
  REQUEST_STATE_DIFFERS: fault('The escrow answers something else of a request than its events say'),
  BATCH_STATE_DIFFERS: fault('The escrow answers something else of a batch than its events say'),
  EPOCH_STATE_DIFFERS: fault('The ledger answers something else of an epoch than its events say'),
  BOOKED_STATE_DIFFERS: fault('The ledger keeps another balance of a slot than was booked'),
  CLAIMABLE_DIFFERS: fault('The ledger owes an account another amount than it was credited and did not withdraw'),
  DEBT_DIFFERS: fault('The ledger keeps another debt than the last netting left'),
  BALANCE_TOO_LOW: fault('A contract holds less than it owes'),
  BALANCE_EXCEEDS: info(
    'A contract holds more than it owes: coins were forced into it, or a withdrawal sent less than its event says',
  ),

  // Disclosed traces.
  TRACES_UNREADABLE: fault('A disclosed batch is not of the expected form'),
  TRACES_OF_NO_BATCH: gap('Disclosed traces are of a batch that is not settled here'),
  TRACES_OF_OTHER_BATCH: fault(
    'A disclosed batch has another context, or other requests or pools, than the sealed one',
  ),
  WEIGHTS_COMMITMENT_DIFFERS: fault('A disclosed head is not the registered one'),
  INDEX_COMMITMENT_DIFFERS: fault('A disclosed index is not the registered one'),
  INPUT_COMMITMENT_DIFFERS: fault('Disclosed features are not the sealed ones'),
  OUTPUT_COMMITMENT_DIFFERS: fault('A disclosed label is not the sealed one'),
  LABEL_DIFFERS: fault('A disclosed label is not the head’s answer'),
  RATE_DIFFERS: fault('The rate of an inference is not floor(pool 2^64 / T)'),
  TRACE_EARNINGS_DIFFER: fault('The disclosed inferences do not sum to the settled earnings'),

  // Patterns.
  INDEX_REPEATED: anomaly('An index commitment is registered for another model or version as well'),
  VECTORS_ALIKE: anomaly('Two contributors have almost the same vector'),
  WASH_TRADING: anomaly('A payer pays itself, or a contributor lives of one payer'),
  CONTRIBUTOR_NET_NEGATIVE: anomaly('A contributor’s data did more harm than good over its whole life'),
  OPERATOR_STALLS: anomaly('An operator lets requests pass their seal deadline'),
  PROVER_STALLS: anomaly('Batches are settled late or not at all'),
  EPOCH_OVERDUE: anomaly('An epoch ended long ago and nobody closed it'),
  BATCH_TINY: anomaly('A batch of few inferences shows the ratios of their scores'),

  // A bundle.
  BUNDLE_LINE_EDITED: fault('A line of the bundle is not what was written'),
  BUNDLE_TRUNCATED: fault('The bundle ends before its footer'),
  BUNDLE_REPORT_DIFFERS: fault('Replaying the bundle gives another report than its footer says'),
} as const satisfies Record<string, CodeEntry>

export type FindingCode = keyof typeof FINDING_CODES
