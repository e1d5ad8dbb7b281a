/** Every code of the replay, each brought about by one lie in the evidence of a real chain; nothing else may be found with it but what follows from it. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type AbiParameter,
  createClient,
  decodeFunctionData,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  http,
  isAddressEqual,
  keccak256,
  pad,
  parseEther,
  toBytes,
  toHex,
  zeroAddress,
} from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readReferences } from '../../prover/audit/readReferences.ts'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import type { AuditRecord, CallRecord, EventRecord, StateRecord } from '../../src/audit/AuditRecord.ts'
import type { AuditRow } from '../../src/audit/AuditRow.ts'
import { type AuditSummary, auditRecords } from '../../src/audit/auditRecords.ts'
import { canonicalJson } from '../../src/audit/canonicalJson.ts'
import type { Finding } from '../../src/audit/Finding.ts'
import { FINDING_CODES } from '../../src/audit/findingCodes.ts'
import { readChainRecords } from '../../src/audit/readChainRecords.ts'
import { askState, encodeAnswer } from '../../src/audit/stateQuestions.ts'
import type { VerifyProofs } from '../../src/audit/VerifyProofs.ts'
import { inferenceEscrowAbi, verifierRegistryAbi } from '../../src/chain/abi.ts'
import { type ContractEventName, decodeContractEvent } from '../../src/chain/decodeContractEvent.ts'
import { FIELD_ORDER } from '../../src/field.ts'
import { verifyProofs } from '../../src/proof/verifyProofs.ts'
import { account, contributors } from '../chain/deployTiny.ts'
import { isEvent, withArgs } from './alterEvents.ts'
import { type AuditedChain, deployAuditedChain } from './auditedChain.ts'
import expectedFindings from './expectedFindings.json' with { type: 'json' }

/** Of each lie below, by its name: code | what it is about | expected | found. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = expectedFindings

let at: AuditedChain
let records: readonly AuditRecord[]
beforeAll(async () => {
  at = await deployAuditedChain()
  const client = createClient({ transport: http(at.chain.rpcUrl), batch: { multicall: { deployless: true } } })
  const all: AuditRecord[] = []
  for await (const record of readChainRecords(client, { references: await readReferences(undefined) })) all.push(record)
  records = all
})
afterAll(() => at?.chain.stop())

/** Most lies leave all proofs as they are. */
const verdicts = new Map<string, readonly boolean[]>()
const verifyOnce: VerifyProofs = async (key, items) => {
  const all = canonicalJson([key, items])
  const known = verdicts.get(all) ?? verifyProofs(key, items)
  verdicts.set(all, known)
  return known
}

type Lie = (records: readonly AuditRecord[]) => readonly AuditRecord[]
type ArgsOf<Name extends ContractEventName> = Parameters<Parameters<typeof isEvent<Name>>[2] & object>[0]

async function audit(lie: Lie = (same) => same): Promise<{ summary: AuditSummary; rows: AuditRow[] }> {
  const rows: AuditRow[] = []
  async function* read() {
    yield* lie(records)
  }
  const summary = await auditRecords(read(), {
    verifyProofs: verifyOnce,
    sinks: [{ row: (row) => void rows.push(row) }],
  })
  return { summary, rows }
}

/** The first event of a name, or the first that is so, with other arguments. */
const change =
  <Name extends ContractEventName>(
    name: Name,
    where: (args: ArgsOf<Name>) => boolean,
    other: (args: ArgsOf<Name>) => Partial<ArgsOf<Name>>,
  ): Lie =>
  (all) =>
    onFirst(
      all,
      (record) => record.type === 'event' && isEvent(record, name, where as never),
      (record) => [withArgs(record as EventRecord, name, other as never)],
    )
/** The first event of a name as another record. */
const onEvent =
  (name: ContractEventName, other: (record: EventRecord) => EventRecord): Lie =>
  (all) =>
    onFirst(
      all,
      (record) => record.type === 'event' && isEvent(record, name),
      (record) => [other(record as EventRecord)],
    )
const hide =
  <Name extends ContractEventName>(name: Name, where: (args: ArgsOf<Name>) => boolean = () => true): Lie =>
  (all) =>
    onFirst(
      all,
      (record) => record.type === 'event' && isEvent(record, name, where as never),
      () => [],
    )

function onFirst(
  all: readonly AuditRecord[],
  match: (record: AuditRecord) => boolean,
  replace: (record: AuditRecord) => readonly AuditRecord[],
): readonly AuditRecord[] {
  const i = all.findIndex(match)
  expect(i).toBeGreaterThanOrEqual(0)
  return [...all.slice(0, i), ...replace(all[i]!), ...all.slice(i + 1)]
}

type SettleArgs = {
  batchId: bigint
  prover: `0x${string}`
  leaves: { requestIds: bigint[]; pools: bigint[]; inputCommitments: bigint[]; outputCommitments: bigint[] }
  earnings: bigint[]
  digest: bigint
  proof: { a: bigint[]; b: bigint[][]; c: bigint[] }
}
/** The calldata of a settlement, with other arguments. */
const changeSettle =
  (batchId: bigint, other: (args: SettleArgs) => Partial<SettleArgs>): Lie =>
  (all) =>
    onFirst(all, isSettleOf(batchId), (record) => {
      const [id, prover, leaves, earnings, digest, proof] = argsOfSettle((record as CallRecord).data!)
      const args = { batchId: id, prover, leaves, earnings, digest, proof } as SettleArgs
      const changed = { ...args, ...other(structuredClone(args)) }
      const list = [changed.batchId, changed.prover, changed.leaves, changed.earnings, changed.digest, changed.proof]
      const data = encodeFunctionData({ abi: inferenceEscrowAbi, functionName: 'settle', args: list } as never)
      return [{ ...(record as CallRecord), data }]
    })
const argsOfSettle = (data: Hex) =>
  decodeFunctionData({ abi: inferenceEscrowAbi, data }).args as unknown as readonly unknown[]
const isSettleOf = (batchId: bigint) => (record: AuditRecord) =>
  record.type === 'call' && record.function === 'settle' && argsOfSettle(record.data!)[0] === batchId
/** Discloses a batch where whoever reads a chain does: after the calls of the transaction that settled it. */
function withTraces(batchId: bigint, traceBatch: unknown): Lie {
  const traces: AuditRecord = { type: 'traces', batchId: String(batchId), traceBatch }
  return (all) => onFirst(all, isSettleOf(batchId), (record) => [record, traces])
}
const changeRegister =
  (other: (key: Record<'alpha' | 'beta' | 'gamma' | 'delta' | 'ic', unknown[]>) => unknown, verifier?: Hex): Lie =>
  (all) =>
    onFirst(
      all,
      (record) => record.type === 'call' && record.function === 'register',
      (record) => {
        const { args } = decodeFunctionData({ abi: verifierRegistryAbi, data: (record as CallRecord).data! })
        const [key, ...rest] = structuredClone(args) as unknown as [never, Hex, number, number]
        other(key)
        if (verifier !== undefined) rest[0] = verifier
        const data = encodeFunctionData({
          abi: verifierRegistryAbi,
          functionName: 'register',
          args: [key, ...rest],
        } as never)
        return [{ ...(record as CallRecord), data }]
      },
    )
/** A key that anyone can forge proofs under, registered as it stands: delta is gamma. */
function unsound(all: readonly AuditRecord[]): readonly AuditRecord[] {
  let keyHash: Hex = '0x'
  const forged = changeRegister((key) => {
    key.delta = key.gamma
    const parameters = verifierRegistryAbi.find((item) => item.type === 'function' && item.name === 'register')!
    const [{ components }] = parameters.inputs as unknown as [{ components: readonly AbiParameter[] }]
    keyHash = keccak256(encodeAbiParameters(components, [key.alpha, key.beta, key.gamma, key.delta, key.ic]))
  })(all)
  return change(
    'CircuitRegistered',
    () => true,
    () => ({ keyHash }),
  )(forged)
}
const changeState =
  (question: ReturnType<typeof askState>, answer: readonly unknown[] | null): Lie =>
  (all) =>
    onFirst(all, isAnswerTo(question), (record) => [
      { ...(record as StateRecord), result: answer === null ? null : encodeAnswer(question, answer) },
    ])
const isAnswerTo =
  ({ contract, data }: ReturnType<typeof askState>) =>
  (record: AuditRecord) =>
    record.type === 'state' && isAddressEqual(record.contract, at.deployment[contract]) && record.data === data
const changeBalance =
  (contract: 'inferenceEscrow' | 'epochLedger', byWei: bigint): Lie =>
  (all) =>
    onFirst(
      all,
      (record) => record.type === 'balance' && isAddressEqual(record.contract, at.deployment[contract]),
      (record) => [{ ...record, wei: String(BigInt((record as { wei: string }).wei) + byWei) } as AuditRecord],
    )
const isCodeOf = (record: AuditRecord, address: Hex) =>
  record.type === 'code' && isAddressEqual(record.address, address)
const changeCode =
  (address: () => Hex, code: (code: Hex) => Hex): Lie =>
  (all) =>
    onFirst(
      all,
      (record) => isCodeOf(record, address()),
      (record) => [{ ...record, code: code((record as { code: Hex }).code) } as AuditRecord],
    )
type Log = Pick<EventRecord, 'contract' | 'topics' | 'data'>
/** Events as if they happened after everything else. */
const append =
  (make: (events: readonly EventRecord[]) => readonly Log[]): Lie =>
  (all) => {
    const events = all.filter((record): record is EventRecord => record.type === 'event')
    const last = events.at(-1)!
    const later = { type: 'event', block: last.block, transaction: keccak256('0x01') } as const
    const more = make(events).map(({ contract, topics, data }, i) => ({
      ...later,
      logIndex: 1000 + i,
      contract,
      topics,
      data,
    }))
    return all.toSpliced(all.lastIndexOf(last) + 1, 0, ...more)
  }
/** Copies of events, as if they happened once more. */
const repeat = (match: (record: EventRecord) => boolean) => append((events) => events.filter(match))
/** An event as if it happened directly before the first of a name. */
const precede =
  <Name extends ContractEventName>(name: Name, where: (args: ArgsOf<Name>) => boolean, make: (log: Log) => Log): Lie =>
  (all) =>
    onFirst(
      all,
      (record) => record.type === 'event' && isEvent(record, name, where as never),
      (record) => {
        const { contract, topics, data } = make(record as EventRecord)
        const event = record as EventRecord
        return [{ ...event, contract, topics, data, logIndex: event.logIndex - 0.5 }, event]
      },
    )
/** A log made of nothing. */
const newLog = (
  contract: keyof AuditedChain['deployment'],
  signature: string,
  topics: readonly Hex[],
  data: Hex = '0x',
) => ({
  contract: at.deployment[contract],
  topics: [keccak256(toBytes(signature)), ...topics],
  data,
})
const retirement = () => newLog('verifierRegistry', 'CircuitRetired(bytes4)', [pad(at.circuitId, { dir: 'right' })])
const newOperator = (from: Hex, to: Hex) =>
  newLog('modelRegistry', 'OperatorChanged(uint256,address,address)', [
    toHex(at.modelId, { size: 32 }),
    pad(from),
    pad(to),
  ])

/** A finding as one line: code, what it is about, expected and found. */
function tell({ code, subject, expected, found }: Finding): string {
  const about = Object.entries(subject).map(([name, value]) => `${name} ${shorten(String(value))}`)
  return [code, about.join(' '), expected, found]
    .filter((part) => part !== null && part !== '')
    .map((part) => shorten(part!))
    .join(' | ')
}
/** Addresses by role, other long hex cut off. */
function shorten(text: string): string {
  return names()
    .reduce((result, [address, name]) => result.replaceAll(address, name), text)
    .replace(/0x[0-9a-fA-F]{12,}/g, (hex) => `${hex.slice(0, 8)}…`)
    .replace(/\b17356\d{5}\b/g, '(time)')
    .replace(/\bhash 0x[0-9a-f]{6}…/g, 'hash (of a block)')
}
const names = (): [string, string][] => [
  ...contributors.map((address, slot): [string, string] => [address, `contributor${slot}`]),
  ...(['modelOwner', 'operator', 'payer', 'prover', 'stranger', 'treasury', 'stakers'] as const).map(
    (role): [string, string] => [account(role).address, role],
  ),
  ...Object.entries(at.deployment)
    .filter(([, value]) => typeof value === 'string')
    .map(([name, address]): [string, string] => [getAddress(String(address)), name]),
]
const gravest = ({ findings }: AuditSummary) =>
  findings.filter(({ code }) => FINDING_CODES[code].severity !== 'anomaly')

const LIES: readonly (readonly [string, Lie])[] = [
  [
    'earning in BatchBooked',
    change(
      'BatchBooked',
      ({ batchId }) => batchId === 2n,
      ({ earningsWei }) => ({ earningsWei: earningsWei.with(1, earningsWei[1]! + 1n) }),
    ),
  ],
  [
    'share in BatchBooked',
    change(
      'BatchBooked',
      ({ batchId }) => batchId === 2n,
      ({ proverWei }) => ({ proverWei: proverWei + 5n }),
    ),
  ],
  [
    'fees in BatchBooked',
    change(
      'BatchBooked',
      ({ batchId }) => batchId === 2n,
      ({ feesWei }) => ({ feesWei: feesWei + 5n }),
    ),
  ],
  [
    'payout',
    change(
      'ContributorNetted',
      ({ paidWei }) => paidWei > 0n,
      ({ paidWei }) => ({ paidWei: paidWei + 1n }),
    ),
  ],
  [
    'opening',
    change(
      'ContributorNetted',
      ({ epochId }) => epochId === 2n,
      ({ openingWei }) => ({ openingWei: openingWei - 7n }),
    ),
  ],
  [
    'booked',
    change(
      'ContributorNetted',
      ({ epochId }) => epochId === 2n,
      ({ bookedWei }) => ({ bookedWei: bookedWei - 7n }),
    ),
  ],
  [
    'carried',
    change(
      'ContributorNetted',
      ({ carriedWei }) => carriedWei > 0n,
      ({ carriedWei }) => ({ carriedWei: carriedWei - 1n }),
    ),
  ],
  [
    'netted somebody else',
    change(
      'ContributorNetted',
      ({ slot }) => slot === 1n,
      () => ({ contributor: account('stranger').address }),
    ),
  ],
  ['netting hidden', hide('ContributorNetted', ({ slot }) => slot === 2n)],
  ['closing hidden', hide('EpochClosed', ({ epochId }) => epochId === 2n)],
  [
    'totals',
    change(
      'EpochClosed',
      () => true,
      ({ paidWei }) => ({ paidWei: paidWei + 1n }),
    ),
  ],
  [
    'credit changed',
    change(
      'AccountCredited',
      ({ account: who }) => who === contributors[0],
      ({ amountWei }) => ({ amountWei: amountWei + 1n }),
    ),
  ],
  ['credit hidden', hide('AccountCredited', ({ account: who }) => who === contributors[0])],
  ['credit twice', repeat((record) => isEvent(record, 'AccountCredited', (args) => args.account === contributors[0]))],
  [
    'withdrawal changed',
    change(
      'Withdrawn',
      () => true,
      ({ amountWei }) => ({ amountWei: amountWei - 1n }),
    ),
  ],
  [
    'withdrawal twice',
    repeat((record) => isEvent(record, 'Withdrawn', (args) => args.account === account('prover').address)),
  ],
  [
    'settled twice',
    repeat(
      (record) =>
        isEvent(record, 'BatchSettled', ({ batchId }) => batchId === 1n) ||
        isEvent(record, 'BatchBooked', ({ batchId }) => batchId === 1n),
    ),
  ],
  [
    'the same log twice',
    (all) =>
      onFirst(
        all,
        (record) => record.type === 'event' && isEvent(record, 'Withdrawn'),
        (record) => [record, record],
      ),
  ],
  ['settlement hidden', hide('BatchSettled', ({ batchId }) => batchId === 2n)],
  ['booking hidden', hide('BatchBooked', ({ batchId }) => batchId === 2n)],
  ['seal hidden', hide('BatchSealed', ({ batchId }) => batchId === 2n)],
  ['last seal hidden', hide('BatchSealed', ({ batchId }) => batchId === 6n)],
  ['payment hidden', hide('RequestPaid', ({ requestId }) => requestId === 2n)],
  ['first payment of an epoch hidden', hide('RequestPaid', ({ requestId }) => requestId === 12n)],
  ['last payment hidden', hide('RequestPaid', ({ requestId }) => requestId === 15n)],
  ['epoch hidden', hide('EpochOpened', ({ epochId }) => epochId === 2n)],
  ['policy hidden', hide('PolicyPublished', ({ policyId }) => policyId === 2n)],
  ['model hidden', hide('ModelRegistered')],
  ['refund hidden', hide('RequestRefunded', ({ requestId }) => requestId === 6n)],
  [
    'refund to another',
    change(
      'RequestRefunded',
      () => true,
      () => ({ feeWei: 5n }),
    ),
  ],
  [
    'refund for another model',
    change(
      'RequestRefunded',
      () => true,
      () => ({ modelId: 7n }),
    ),
  ],
  [
    'pool',
    change(
      'RequestPaid',
      ({ requestId }) => requestId === 2n,
      ({ poolWei }) => ({ poolWei: poolWei + 1n }),
    ),
  ],
  [
    'fee out of range',
    change(
      'RequestPaid',
      ({ requestId }) => requestId === 15n,
      () => ({ feeWei: 2n ** 76n }),
    ),
  ],
  [
    'sealed pool',
    change(
      'BatchSealed',
      ({ batchId }) => batchId === 1n,
      ({ leaves }) => ({ leaves: { ...leaves, pools: leaves.pools.with(0, 1n) } }),
    ),
  ],
  [
    'commitment out of range',
    change(
      'BatchSealed',
      ({ batchId }) => batchId === 6n,
      ({ leaves }) => ({ leaves: { ...leaves, inputCommitments: [FIELD_ORDER] } }),
    ),
  ],
  [
    'batch hash',
    change(
      'BatchSealed',
      ({ batchId }) => batchId === 1n,
      () => ({ batchHash: keccak256('0x') }),
    ),
  ],
  [
    'empty batch',
    change(
      'BatchSealed',
      ({ batchId }) => batchId === 6n,
      () => ({ leaves: { requestIds: [], pools: [], inputCommitments: [], outputCommitments: [] } }),
    ),
  ],
  [
    'settle deadline',
    change(
      'BatchSealed',
      ({ batchId }) => batchId === 1n,
      ({ settleDeadline }) => ({ settleDeadline: settleDeadline + 60n }),
    ),
  ],
  [
    'sealed twice',
    change(
      'BatchSealed',
      ({ batchId }) => batchId === 6n,
      ({ leaves }) => ({ leaves: { ...leaves, requestIds: [1n] } }),
    ),
  ],
  [
    'request of another epoch',
    change(
      'RequestPaid',
      ({ requestId }) => requestId === 14n,
      () => ({ epochId: 2n }),
    ),
  ],
  [
    'wrong policy',
    change(
      'EpochOpened',
      ({ epochId }) => epochId === 3n,
      () => ({ policyId: 1n }),
    ),
  ],
  [
    'epoch of a model without an index',
    (all) =>
      change(
        'EpochOpened',
        ({ epochId }) => epochId === 1n,
        () => ({ indexVersion: 0n }),
      )(hide('IndexRegistered')(all)),
  ],
  [
    'wrong index pinned',
    change(
      'EpochOpened',
      ({ epochId }) => epochId === 2n,
      () => ({ indexVersion: 1n }),
    ),
  ],
  [
    'epoch end',
    change(
      'EpochOpened',
      ({ epochId }) => epochId === 2n,
      ({ endsAt }) => ({ endsAt: endsAt + 1n }),
    ),
  ],
  [
    'policy shares',
    change(
      'PolicyPublished',
      ({ policyId }) => policyId === 2n,
      ({ policy }) => ({ policy: { ...policy, treasuryBps: 1 } }),
    ),
  ],
  [
    'index replaced',
    change(
      'IndexRegistered',
      ({ indexVersion }) => indexVersion === 2n,
      () => ({ indexCommitment: 5n }),
    ),
  ],
  [
    'contributors replaced',
    change(
      'IndexRegistered',
      ({ indexVersion }) => indexVersion === 2n,
      ({ contributors: all }) => ({ contributors: [all[1]!, all[0]!, all[2]!] }),
    ),
  ],
  [
    'head replaced',
    change(
      'ModelVersionRegistered',
      () => true,
      () => ({ weightsCommitment: 5n }),
    ),
  ],
  ['circuit retired before a seal', precede('BatchSealed', ({ batchId }) => batchId === 6n, retirement)],
  ['circuit retired twice', append(() => [retirement(), retirement()])],
  [
    'circuit retired and registered again',
    append((events) => [retirement(), events.find((event) => isEvent(event, 'CircuitRegistered'))!]),
  ],
  ['operator nobody', append(() => [newOperator(account('operator').address, zeroAddress)])],
  [
    'head of no commitment',
    change(
      'ModelVersionRegistered',
      () => true,
      () => ({ weightsCommitment: 0n }),
    ),
  ],
  [
    'index of no commitment, and of contributors that are none',
    change(
      'IndexRegistered',
      ({ indexVersion }) => indexVersion === 2n,
      ({ contributors: all }) => ({
        indexCommitment: FIELD_ORDER,
        contributors: [all[0]!, all[0]!, zeroAddress, all[2]!],
      }),
    ),
  ],
  ['key in calldata', changeRegister((key) => key.ic.reverse())],
  ['verifier in calldata', changeRegister(() => undefined, account('stranger').address)],
  [
    'circuit id',
    change(
      'CircuitRegistered',
      () => true,
      () => ({ circuitId: '0x00000001' as const }),
    ),
  ],
  [
    'calldata: reordered requests',
    changeSettle(1n, ({ leaves }) => ({
      leaves: {
        ...leaves,
        requestIds: leaves.requestIds.with(0, leaves.requestIds[1]!).with(1, leaves.requestIds[0]!),
      },
    })),
  ],
  ['calldata: reordered earnings', changeSettle(1n, ({ earnings }) => ({ earnings: earnings.toReversed() }))],
  [
    'calldata: earning beyond the pools',
    changeSettle(1n, ({ earnings }) => ({ earnings: earnings.with(0, 2n ** 181n - 1n) })),
  ],
  [
    'calldata: earning beyond the pools of its batch, within those of its epoch',
    changeSettle(2n, ({ earnings }) => ({ earnings: earnings.with(0, 2n ** 180n + (parseEther('1') << 64n)) })),
  ],
  ['calldata: digest', changeSettle(1n, ({ digest }) => ({ digest: digest + 1n }))],
  ['calldata: prover', changeSettle(1n, () => ({ prover: account('stranger').address }))],
  ['calldata: batch', changeSettle(1n, () => ({ batchId: 9n }))],
  [
    'calldata: the proof of another batch',
    (all) => {
      const settled = all.find(isSettleOf(1n)) as CallRecord
      const proof = argsOfSettle(settled.data!)[5] as SettleArgs['proof']
      return changeSettle(2n, () => ({ proof }))(all)
    },
  ],
  ['calldata: proof', changeSettle(1n, ({ proof }) => ({ proof: { ...proof, c: proof.a } }))],
  [
    'calldata: missing',
    (all) =>
      onFirst(
        all,
        (record) => record.type === 'call' && record.function === 'settle',
        (record) => [{ ...(record as CallRecord), data: null, reason: 'no trace' }],
      ),
  ],
  [
    'calldata of the key: missing',
    (all) =>
      onFirst(
        all,
        (record) => record.type === 'call' && record.function === 'register',
        () => [],
      ),
  ],
  [
    'code gone',
    changeCode(
      () => at.deployment.epochLedger,
      () => '0x',
    ),
  ],
  [
    'verifier code',
    changeCode(
      () => at.verifier,
      (code): Hex => `0x${code.slice(2, -2)}00`,
    ),
  ],
  [
    'code of a contract',
    changeCode(
      () => at.deployment.epochLedger,
      (code): Hex => `0x${code.slice(2, -2)}00`,
    ),
  ],
  [
    'code of a contract with another address written in',
    changeCode(
      () => at.deployment.modelRegistry,
      (code) =>
        code.replaceAll(
          at.deployment.verifierRegistry.slice(2).toLowerCase(),
          account('stranger').address.slice(2).toLowerCase(),
        ) as Hex,
    ),
  ],
  [
    'a contract as verifier, and its code another one',
    (all) => {
      const verifier = at.deployment.epochLedger
      const registered = change(
        'CircuitRegistered',
        () => true,
        () => ({ verifier }),
      )(all)
      const moved = registered.map((record) =>
        isCodeOf(record, at.verifier) ? { ...record, address: verifier } : record,
      )
      return moved.map((record) => (isCodeOf(record, verifier) ? { ...record, code: '0x00' as const } : record))
    },
  ],
  ['code: missing', (all) => all.filter(({ type }) => type !== 'code')],
  ['escrow holds less', changeBalance('inferenceEscrow', -1n)],
  ['ledger holds less', changeBalance('epochLedger', -1n)],
  ['escrow holds more', changeBalance('inferenceEscrow', 1n)],
  ['refunded early', onEvent('RequestRefunded', (record) => ({ ...record, block: { ...record.block, timestamp: 1 } }))],
  [
    'settled late',
    onEvent('BatchSettled', (record) => ({ ...record, block: { ...record.block, timestamp: 2_000_000_000 } })),
  ],
  [
    'a DEV key on another chain',
    (all) => all.map((record) => (record.type === 'header' ? { ...record, chainId: 1 } : record)),
  ],
  [
    'no contract to compare with',
    (all) => all.filter((record) => record.type !== 'reference' || record.kind !== 'contract-code'),
  ],
  [
    'no verifier to compare with',
    (all) => all.filter((record) => record.type !== 'reference' || record.kind !== 'verifier-code'),
  ],
  [
    'another verifier is generated from the key',
    (all) =>
      all.map((record) =>
        record.type === 'reference' && record.kind === 'verifier-code'
          ? { ...record, code: `${record.code}00` }
          : record,
      ),
  ],
  [
    'artifacts have another key',
    (all) => {
      const circuit = { name: 'tiny', traces: 4, contributors: 3, keyHash: keccak256('0x') }
      return [all[0]!, { type: 'reference', kind: 'circuit-key', ...circuit }, ...all.slice(1)]
    },
  ],
  [
    'artifacts have several keys, one of them this one',
    (all) => {
      const registered = all.find((record) => record.type === 'event' && isEvent(record, 'CircuitRegistered'))
      const { keyHash } = decodeContractEvent(registered as EventRecord).args as ArgsOf<'CircuitRegistered'>
      const keys = [keccak256('0x'), keyHash].map((hash): AuditRecord => {
        const circuit = { name: 'tiny', traces: 4, contributors: 3, keyHash: hash }
        return { type: 'reference', kind: 'circuit-key', ...circuit }
      })
      return [all[0]!, ...keys, ...all.slice(1)]
    },
  ],
  ['traces of no batch', (all) => [...all, { type: 'traces', batchId: '9', traceBatch: {} }]],
  [
    'traces that stand before the calls of their settlement',
    (all) => all.toSpliced(1, 0, { type: 'traces', batchId: '1', traceBatch: at.disclosed.get(1n) }),
  ],
  ['traces that are none', withTraces(1n, {})],
  [
    'calldata: behind more calls than any transaction makes',
    (all) =>
      onFirst(all, isSettleOf(1n), (record) => [
        ...Array<CallRecord>(256).fill({ ...(record as CallRecord), data: '0x' }),
        record,
      ]),
  ],
  [
    'more events of one transaction than any has',
    append((events) =>
      Array<EventRecord>(20_001).fill(events.find((event) => isEvent(event, 'OwnershipTransferred'))!),
    ),
  ],
  ['unsound key', (all) => unsound(all)],
  [
    'unknown event',
    (all) =>
      onFirst(
        all,
        (record) =>
          (record.type === 'event' && isEvent(record, 'SealerApproved')) ||
          (record.type === 'event' && isEvent(record, 'OwnershipTransferred')),
        (record) => [{ ...(record as EventRecord), topics: [keccak256('0x02')] }],
      ),
  ],
]
/** Lies that leave every amount as it is, and such as put the replay itself to the test. */
const FINE_LIES: readonly (readonly [string, Lie])[] = [
  [
    'booked in another epoch',
    change(
      'BatchBooked',
      ({ batchId }) => batchId === 2n,
      () => ({ epochId: 2n }),
    ),
  ],
  [
    'settled for another model',
    change(
      'BatchSettled',
      ({ batchId }) => batchId === 2n,
      () => ({ modelId: 7n }),
    ),
  ],
  [
    'netted twice',
    (all) =>
      onFirst(
        all,
        (record) => record.type === 'event' && isEvent(record, 'EpochClosed'),
        (record) => {
          const closed = record as EventRecord
          const netted = all.findLast(
            (other): other is EventRecord =>
              other.type === 'event' &&
              other.transaction === closed.transaction &&
              isEvent(other, 'ContributorNetted', ({ slot }) => slot === 0n),
          )!
          const logIndex = closed.logIndex
          return [
            { ...withArgs(netted, 'ContributorNetted', () => ({ paidWei: 5n })), logIndex },
            { ...closed, logIndex: logIndex + 1 },
          ]
        },
      ),
  ],
  [
    'another time for one event of a block',
    onEvent('Withdrawn', (record) => ({
      ...record,
      block: { ...record.block, timestamp: record.block.timestamp + 1 },
    })),
  ],
  [
    'another hash for one event of a block',
    (all) => {
      const last = all.filter((record) => record.type === 'event' && isEvent(record, 'BatchBooked')).at(-1)
      return all.map((record) =>
        record === last ? { ...last, block: { ...(last as EventRecord).block, hash: keccak256('0x') } } : record,
      )
    },
  ],
  [
    'an event after the pinned block',
    (all) =>
      all.map((record) => (record.type === 'header' ? { ...record, block: { ...record.block, number: 44 } } : record)),
  ],
  [
    'a policy that the registry refuses',
    (all) => {
      const isPolicy = (record: EventRecord) => isEvent(record, 'PolicyPublished', ({ policyId }) => policyId === 2n)
      return repeat(isPolicy)(all).map((record) =>
        record.type === 'event' && isPolicy(record) && !all.includes(record)
          ? withArgs(record, 'PolicyPublished', ({ policy }) => ({
              policyId: 3n,
              policy: { ...policy, epochLength: 599, sealWindow: 604_801, stakers: zeroAddress },
            }))
          : record,
      )
    },
  ],
  [
    'head without an index',
    change(
      'IndexRegistered',
      ({ indexVersion }) => indexVersion === 2n,
      () => ({ modelVersion: 0n }),
    ),
  ],
  [
    'code of a verifier before its registration',
    (all) => {
      const code = all.find((record) => record.type === 'code' && isAddressEqual(record.address, at.verifier))!
      const other = { ...code, code: '0x00' } as AuditRecord
      return [all[0]!, other, ...all.slice(1).filter((record) => record !== code)]
    },
  ],
  [
    'numbers beyond what a contract holds',
    change(
      'RequestPaid',
      ({ requestId }) => requestId === 15n,
      () => ({ feeWei: 2n ** 255n }),
    ),
  ],
]
const ANSWERS: readonly (readonly [string, () => Lie])[] = [
  ['claimable', () => changeState(askState('epochLedger', 'claimableOf', contributors[0]), [5n])],
  [
    'debt',
    () =>
      changeState(askState('epochLedger', 'debtOf', at.modelId, contributors[0]), [{ amountWei: 5n, indexVersion: 1 }]),
  ],
  ['context', () => changeState(askState('inferenceEscrow', 'contextOf', 1n, account('prover').address), [5n])],
  ['request', () => changeState(askState('inferenceEscrow', 'requestOf', 1n), null)],
  ['batch', () => changeState(askState('inferenceEscrow', 'batchOf', 6n), null)],
  ['booked', () => changeState(askState('epochLedger', 'bookedEarningOf', at.modelId, 1n, 0n), [5n])],
  ['count', () => changeState(askState('inferenceEscrow', 'requestCount'), [16n])],
  ['epoch', () => changeState(askState('epochLedger', 'epochOf', at.modelId, 1n), null)],
  ['circuit', () => changeState(askState('verifierRegistry', 'circuitOf', at.circuitId), null)],
  ['model', () => changeState(askState('modelRegistry', 'modelOf', at.modelId), null)],
  ['missing', () => (all) => onFirst(all, isAnswerTo(askState('inferenceEscrow', 'batchCount')), () => [])],
]
describe('auditRecords', () => {
  test('default: a chain on which all is as it should be has no finding but anomalies', async () => {
    const { summary } = await audit()
    expect(gravest(summary)).toEqual([])
    expect(summary).toMatchObject({
      ok: true,
      counts: { fault: 0, gap: 0, info: 0 },
      checked: { proofs: 4, disclosedBatches: 0 },
      totals: {
        requests: 15,
        settledRequests: 11,
        refundedRequests: 2,
        batches: 6,
        settledBatches: 4,
        epochs: 3,
        closedEpochs: 2,
        refundedWei: parseEther('7'),
      },
    })
    expect(summary.checked.events).toBe(records.filter(({ type }) => type === 'event').length)
    expect(summary.checked.states).toBe(records.filter(({ type }) => type === 'state').length)
  })

  test('behavior: the same records give the same rows, findings and summary, byte for byte', async () => {
    expect(canonicalJson(await audit())).toBe(canonicalJson(await audit()))
  })

  test('behavior: every row adds up, and all of them to what was paid', async () => {
    const { summary, rows } = await audit()
    const of = <Kind extends AuditRow['kind']>(kind: Kind) =>
      rows.filter((row): row is Extract<AuditRow, { kind: Kind }> => row.kind === kind)
    const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)
    for (const { poolsWei, closing, accounts } of of('epoch')) {
      if (closing === null) continue
      expect(closing.paidWei + closing.treasuryWei).toBe(poolsWei)
      expect(sum(accounts.map(({ paidWei }) => paidWei))).toBe(closing.paidWei)
      for (const { openingWei, bookedWei, paidWei, carriedWei } of accounts)
        expect(paidWei - carriedWei).toBe(openingWei + bookedWei)
    }
    const accounts = of('account')
    for (const { withdrawnWei, claimableWei, ...causes } of accounts) {
      const { earnedWei, refundedWei, modelOwnerWei, stakersWei, proverWei, treasuryWei } = causes
      const credited = earnedWei + refundedWei + modelOwnerWei + stakersWei + proverWei + treasuryWei
      expect(withdrawnWei + claimableWei).toBe(credited)
    }
    // What came in is withdrawn, may be withdrawn, waits in an open epoch or in the escrow.
    const { feesWei, withdrawnWei, claimableWei } = summary.totals
    const openPools = sum(of('epoch').map(({ closing, poolsWei }) => (closing === null ? poolsWei : 0n)))
    const openBatches = sum(
      of('batch').flatMap(({ settlement, requests }) =>
        settlement === null ? requests.map(({ feeWei }) => feeWei) : [],
      ),
    )
    const waiting = sum(of('request').map(({ refundedAt, feeWei }) => (refundedAt === null ? feeWei : 0n)))
    expect(withdrawnWei + claimableWei + openPools + openBatches + waiting).toBe(feesWei)
    expect(of('batch').map(({ batchId, settlement }) => [batchId, settlement?.isProofValid ?? null])).toEqual([
      [1n, true],
      [2n, true],
      [3n, null],
      [4n, true],
      [5n, true],
      [6n, null],
    ])
    // Under the other index a quarter of the first epoch's debt was kept.
    const [debt] = of('epoch')[1]!.accounts.flatMap((entry) => (entry.debt === null ? [] : [entry]))
    expect(debt).toMatchObject({ slot: 2, debt: { amountWei: 159298784846284349n, indexVersion: 1n, epochId: 1n } })
    expect(debt!.openingWei).toBe(-(159298784846284349n + 3n) / 4n)
  })

  test('behavior: a batch is done with when the last of its requests is refunded', async () => {
    const { rows } = await audit()
    const [refunded] = rows.filter((row) => row.kind === 'batch' && row.batchId === 3n)
    expect(refunded).toMatchObject({ settlement: null, requests: [], feesWei: parseEther('4') })
    const asked = records.findIndex(isAnswerTo(askState('inferenceEscrow', 'batchOf', 3n)))
    const next = records.findIndex((record) => record.type === 'event' && isEvent(record, 'EpochClosed'))
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThan(next)
    const again = repeat((record) => isEvent(record, 'BatchSettled', ({ batchId }) => batchId === 1n))
    const { summary } = await audit((all) =>
      again(all).map((record) =>
        record.type === 'event' && record.logIndex === 1000
          ? withArgs(record, 'BatchSettled', () => ({ batchId: 3n }))
          : record,
      ),
    )
    expect(gravest(summary).map(({ code, subject }) => [code, subject.batchId])).toEqual([['BATCH_SETTLED_TWICE', 3n]])
  })

  test('behavior: who let a request wait is who was the operator then, and nobody where nothing could be sealed', async () => {
    const rowOf = async (lie: Lie) =>
      (await audit(lie)).rows.find((row) => row.kind === 'request' && row.requestId === 6n)
    const isRefunded = ({ requestId }: { requestId: bigint }) => requestId === 6n
    const change = () => newOperator(account('operator').address, account('stranger').address)
    const operator = account('operator').address
    expect(await rowOf(precede('RequestRefunded', isRefunded, change))).toMatchObject({
      operator,
      isCircuitRetired: false,
    })
    const earlier = precede('RequestPaid', ({ requestId }) => requestId === 7n, change)
    expect(await rowOf(earlier)).toMatchObject({ operator: account('stranger').address })
    const isNext = ({ requestId }: { requestId: bigint }) => requestId === 7n
    expect(await rowOf(precede('RequestPaid', isNext, retirement))).toMatchObject({ isCircuitRetired: true })
    expect(await rowOf(precede('RequestRefunded', isRefunded, retirement))).toMatchObject({ isCircuitRetired: false })
  })

  test('behavior: disclosed batches are recomputed down to each inference', async () => {
    const { summary, rows } = await audit((all) =>
      [...at.disclosed].reduce((records, [batchId, traceBatch]) => withTraces(batchId, traceBatch)(records), all),
    )
    expect(gravest(summary)).toEqual([])
    expect(summary.checked.disclosedBatches).toBe(4)
    expect(rows.filter(({ kind }) => kind === 'inference')).toHaveLength(11)
  })

  test('behavior: a disclosed batch is recomputed also where calldata or key are missing', async () => {
    const disclose = withTraces(1n, at.disclosed.get(1n))
    const withoutData = await audit((all) =>
      disclose(all).map((record) => (isSettleOf(1n)(record) ? { ...(record as CallRecord), data: null } : record)),
    )
    expect(gravest(withoutData.summary).map(({ code }) => code)).toEqual(['CALLDATA_MISSING'])
    const withoutKey = await audit((all) =>
      disclose(all).filter((record) => record.type !== 'call' || record.function !== 'register'),
    )
    expect(new Set(gravest(withoutKey.summary).map(({ code }) => code))).toEqual(
      new Set(['CALLDATA_MISSING', 'PROOF_NOT_CHECKED']),
    )
    for (const { summary } of [withoutData, withoutKey]) expect(summary.checked.disclosedBatches).toBe(1)
  })

  test('behavior: of what strangers wrote a finding quotes so much and no more', async () => {
    const { summary } = await audit((all) =>
      onFirst(all, isSettleOf(1n), (record) => [{ ...(record as CallRecord), data: null, reason: 'a'.repeat(5000) }]),
    )
    const [finding] = gravest(summary)
    expect(finding).toMatchObject({ code: 'CALLDATA_MISSING', message: expect.stringMatching(/are not known: a+…$/) })
    expect(finding!.message).toHaveLength(1000)
  })

  test('error: references are few and stand before all events', async () => {
    const reference = records.find(({ type }) => type === 'reference')!
    const other = { code: 'BUNDLE_OF_OTHER_FORM' }
    await expect(audit((all) => [...all, reference])).rejects.toMatchObject(other)
    await expect(audit((all) => all.toSpliced(1, 0, ...Array<AuditRecord>(256).fill(reference)))).rejects.toMatchObject(
      other,
    )
  })

  test('error: what is no evidence is not audited', async () => {
    const other = { code: 'BUNDLE_OF_OTHER_FORM' }
    await expect(audit(() => [])).rejects.toMatchObject(other)
    await expect(audit((all) => all.slice(1))).rejects.toMatchObject(other)
    await expect(audit((all) => [all[0]!, ...all])).rejects.toMatchObject(other)
    await expect(audit((all) => [{ ...all[0]!, format: 'poa-audit/2' } as never])).rejects.toMatchObject(other)
  })
})

describe('each lie is named where it is, and nothing else but what follows from it', () => {
  const lies = [
    ...LIES,
    ...FINE_LIES,
    ...ANSWERS.map(([name, lie]) => [`answer: ${name}`, (all: readonly AuditRecord[]) => lie()(all)] as const),
  ] as const
  test.each(lies as readonly (readonly [string, Lie])[])('error: %s', async (name, lie) => {
    const { summary } = await audit(lie)
    expect(gravest(summary).map(tell)).toEqual(EXPECTED[name])
    expect(summary.ok).toBe(summary.counts.fault + summary.counts.gap === 0)
  })

  test('error: a circuit of four thousand million contributors sets no memory aside for them', async () => {
    const { summary } = await audit(
      change(
        'CircuitRegistered',
        () => true,
        () => ({ contributors: 2 ** 32 - 1 }),
      ),
    )
    expect(gravest(summary).map(tell)[0]).toBe(
      `CIRCUIT_SIZE_OUT_OF_RANGE | circuitId ${at.circuitId} | 1 .. 64 contributors | 4294967295 contributors`,
    )
  })

  test('error: more contributors than slots leave a disclosed batch readable', async () => {
    const more = change(
      'IndexRegistered',
      ({ indexVersion }) => indexVersion === 1n,
      ({ contributors: all }) => ({ contributors: [...all, account('stranger').address] }),
    )
    const { summary, rows } = await audit((all) => more(withTraces(1n, at.disclosed.get(1n))(all)))
    expect(gravest(summary).map(tell)[0]).toBe(
      'INDEX_INVALID | modelId 1 indexVersion 1 | 1 .. 3 contributors | 4 contributors',
    )
    expect(rows.find(({ kind }) => kind === 'disclosed-index')).toMatchObject({ contributors })
  })

  test('behavior: every lie has its findings, and no findings are left without a lie', () => {
    expect(lies.map(([name]) => name).sort()).toEqual(Object.keys(EXPECTED).sort())
  })

  test('behavior: every code of the table is brought about by a test', async () => {
    const folders = ['test/audit', 'test/prover/audit', 'test/prover/commands']
    const texts = await Promise.all(
      folders.map(async (folder) => {
        const names = await readdir(join(REPOSITORY_ROOT, folder), { recursive: true })
        const files = names.filter((name) => /\.(test\.ts|json)$/.test(name))
        return Promise.all(files.map((name) => readFile(join(REPOSITORY_ROOT, folder, name), 'utf8')))
      }),
    )
    const tested = texts.flat().join('\n')
    expect(Object.keys(FINDING_CODES).filter((code) => !tested.includes(code))).toEqual([])
  })
})
