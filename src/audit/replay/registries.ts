import { type Address, getAddress, isAddressEqual, keccak256, zeroAddress } from 'viem'
import type { ContractName } from '../../chain/decodeContractEvent.ts'
import { PoaError } from '../../errors.ts'
import { FIELD_ORDER } from '../../field.ts'
import { toEvmVerificationKey } from '../../proof/evmProof.ts'
import type { VerificationKey } from '../../proof/Groth16.ts'
import {
  circuitIdOf,
  isCeremonyKey,
  LOCAL_CHAIN_IDS,
  requireSoundVerificationKey,
} from '../../proof/verificationKey.ts'
import { WHOLE_BPS } from '../../statement/bookBatch.ts'
import { PUBLIC_SIGNAL_COUNT } from '../../statement/buildStatement.ts'
import type { CodeRecord, ReferenceRecord } from '../AuditRecord.ts'
import { MAXIMUM_CONTRIBUTORS, MAXIMUM_TRACES } from '../circuitBounds.ts'
import { compiledCode } from '../compiledCode.ts'
import { askState } from '../stateQuestions.ts'
import { type ArgsOf, type Books, type Circuit, currentOperatorOf, type Model, type Occasion } from './Books.ts'

/** The bounds of PolicyRegistry. */
const MAXIMUM_PAID_OUT_BPS = 9_500
/** Seconds, from and to. */
const WINDOWS = {
  epochLength: [600, 90 * 86_400],
  sealWindow: [60, 7 * 86_400],
  settleWindow: [600, 30 * 86_400],
} as const
type CircuitKeyReference = Extract<ReferenceRecord, { kind: 'circuit-key' }>

export function publishPolicy(books: Books, { policyId, policy }: ArgsOf<'PolicyPublished'>, { place }: Occasion) {
  const { output, answers, policies } = books
  const subject = { policyId }
  books.policyCount = requireNextId(books, 'policyId', policyId, books.policyCount, place)
  const { contributorsBps, modelOwnerBps, stakersBps, proverBps, treasuryBps } = policy
  const paidOutBps = contributorsBps + modelOwnerBps + stakersBps + proverBps
  if (BigInt(paidOutBps + treasuryBps) !== WHOLE_BPS || paidOutBps > MAXIMUM_PAID_OUT_BPS) {
    output.find('POLICY_INVALID', subject, place, {
      expected: `shares of ${WHOLE_BPS} basis points, at most ${MAXIMUM_PAID_OUT_BPS} of them beside the treasury's`,
      found: `${paidOutBps + treasuryBps}, ${paidOutBps}`,
      message: `the shares of policy ${policyId} are not what the registry accepts`,
    })
  }
  for (const [window, [from, to]] of Object.entries(WINDOWS) as [keyof typeof WINDOWS, readonly [number, number]][]) {
    const seconds = policy[window]
    if (seconds >= from && seconds <= to) continue
    output.find('POLICY_INVALID', subject, place, {
      expected: `${window} ${from} .. ${to}`,
      found: `${window} ${seconds}`,
      message: `the ${window} of policy ${policyId} is not one that the registry accepts`,
    })
  }
  for (const role of ['treasury', 'stakers'] as const) {
    if (!isAddressEqual(policy[role], zeroAddress)) continue
    output.find('POLICY_INVALID', subject, place, {
      expected: `an account of the ${role}`,
      found: zeroAddress,
      message: `policy ${policyId} pays its ${role} share to nobody`,
    })
  }
  policies.set(policyId, policy)
  answers.expect(askState('policyRegistry', 'policyOf', policyId), 'POLICY_STATE_DIFFERS', subject, [policy])
}

export function registerCircuit(books: Books, event: ArgsOf<'CircuitRegistered'>, { place }: Occasion): void {
  const { circuitId, keyHash } = event
  const { output } = books
  const subject = { circuitId }
  if (books.circuits.has(circuitId)) {
    // The first stays, and with it that it was retired.
    output.find('CIRCUIT_REGISTERED_TWICE', subject, place, {
      expected: 'one registration of a circuit',
      found: 'another one',
      message: `circuit ${circuitId} had been registered before`,
    })
    return
  }
  const key = readKey(books, event, place)
  if (circuitIdOf(keyHash) !== circuitId) {
    output.find('CIRCUIT_KEY_DIFFERS', subject, place, {
      expected: circuitIdOf(keyHash),
      found: circuitId,
      message: 'the id of a circuit is the first four bytes of its key hash',
    })
  }
  requireOurKey(books, event, place)
  const traces = requireSize(books, 'traces', event.traces, MAXIMUM_TRACES, circuitId, place)
  const contributors = requireSize(books, 'contributors', event.contributors, MAXIMUM_CONTRIBUTORS, circuitId, place)
  books.circuits.set(circuitId, { ...event, traces, contributors, key, place, retiredAt: null, isCodeRead: false })
}

/** A key that is none of those that artifacts have for its size; after a new ceremony they have several. */
function requireOurKey(
  { output, references }: Books,
  { circuitId, keyHash, traces, contributors }: ArgsOf<'CircuitRegistered'>,
  place: Occasion['place'],
): void {
  const ours = references.filter(
    (reference): reference is CircuitKeyReference =>
      reference.kind === 'circuit-key' && reference.traces === traces && reference.contributors === contributors,
  )
  if (ours.length === 0 || ours.some((reference) => reference.keyHash === keyHash)) return
  output.find('CIRCUIT_KEY_NOT_OURS', { circuitId }, place, {
    expected: ours.map((reference) => reference.keyHash).join(' or '),
    found: keyHash,
    message: `the key registered for ${traces} inferences and ${contributors} contributors is not that of the artifacts of ${ours.map(({ name }) => name).join(' or ')}`,
  })
}

/** @returns the size, or the largest there is: memory is set aside by it */
function requireSize(
  { output }: Books,
  name: 'traces' | 'contributors',
  size: number,
  maximum: number,
  circuitId: `0x${string}`,
  place: Occasion['place'],
): number {
  if (size >= 1 && size <= maximum) return size
  output.find('CIRCUIT_SIZE_OUT_OF_RANGE', { circuitId }, place, {
    expected: `1 .. ${maximum} ${name}`,
    found: `${size} ${name}`,
    message: `circuit ${circuitId} was registered for ${size} ${name}, which the registry refuses`,
  })
  return Math.min(size, maximum)
}

/** The key in the calldata of a registration, if it is the registered one and sound. */
function readKey(
  books: Books,
  { circuitId, keyHash, verifier }: ArgsOf<'CircuitRegistered'>,
  place: Occasion['place'],
) {
  const { output, header, transaction } = books
  const subject = { circuitId }
  const calls = transaction!.registers
  const call = calls.find(({ read }) => read?.keyHash === keyHash) ?? calls[0]
  if (call === undefined || call.isMissing) {
    output.find('CALLDATA_MISSING', subject, place, {
      message: `the key of circuit ${circuitId} is not known: ${call?.reason ?? 'no calldata was handed in'}`,
    })
    return null
  }
  const registration = call.read
  if (registration === null || registration.keyHash !== keyHash) {
    output.find('CIRCUIT_KEY_DIFFERS', subject, place, {
      expected: keyHash,
      found: registration?.keyHash ?? 'no key',
      message: `the key in the calldata is not the one that was registered as circuit ${circuitId}`,
    })
    return null
  }
  if (!isAddressEqual(registration.verifier, verifier)) {
    output.find('CALLDATA_DIFFERS', subject, place, {
      expected: verifier,
      found: registration.verifier,
      message: `circuit ${circuitId} was registered with another verifier than the calldata names`,
    })
  }
  const { key } = registration
  try {
    requireSoundVerificationKey(key, PUBLIC_SIGNAL_COUNT)
  } catch (fault) {
    if (!(fault instanceof PoaError)) throw fault
    output.find('CIRCUIT_KEY_UNSOUND', subject, place, { found: fault.code, message: fault.message })
    return null
  }
  if (!isCeremonyKey(key) && !LOCAL_CHAIN_IDS.includes(header.chainId)) {
    output.find('CIRCUIT_KEY_IS_DEV', subject, place, {
      expected: 'a key from a ceremony',
      found: `a DEV key on chain ${header.chainId}`,
      message: `anyone can forge proofs of circuit ${circuitId}`,
    })
  }
  return key
}

/** Code at an address: one of the five contracts, the verifier of a circuit, or both. Each is judged once. */
export function checkCode(books: Books, { address, code }: CodeRecord): void {
  const { output, circuits, coded, header } = books
  const names = Object.keys(header.deployment) as ContractName[]
  const name = names.find((contract) => isAddressEqual(header.deployment[contract], address))
  // Before its registration nothing is known that the code of a verifier could be compared with.
  const unread = [...circuits.values()].filter(
    ({ verifier, isCodeRead }) => !isCodeRead && isAddressEqual(verifier, address),
  )
  for (const circuit of unread) circuit.isCodeRead = true
  const isUnreadContract = name !== undefined && !coded.has(name)
  if (name !== undefined) coded.add(name)
  if (code === '0x') {
    const subject = unread[0] === undefined ? {} : { circuitId: unread[0].circuitId }
    output.find('CONTRACT_WITHOUT_CODE', { ...subject, contract: address }, null, {
      expected: 'code',
      found: 'none',
      message: `there is no code at ${address}`,
    })
    return
  }
  if (isUnreadContract) checkContractCode(books, name, code)
  for (const circuit of unread) checkVerifierCode(books, circuit, code)
}

function checkContractCode({ output, references, header }: Books, name: ContractName, code: `0x${string}`): void {
  const contract = getAddress(header.deployment[name])
  const compiled = compiledCode(references, name, header.deployment)
  if (compiled === undefined) {
    output.find('CONTRACT_NOT_COMPARED', { contract }, null, {
      message: `no compiled code of ${name} is at hand to compare that at ${contract} with`,
    })
  } else if (compiled !== code) {
    output.find('CONTRACT_CODE_DIFFERS', { contract }, null, {
      expected: keccak256(compiled),
      found: keccak256(code),
      message: `the code at ${contract} is not what is compiled from the source of ${name} for this deployment`,
    })
  }
}

function checkVerifierCode({ output, references }: Books, circuit: Circuit, code: `0x${string}`): void {
  const { circuitId, verifier, verifierCodehash, key, place } = circuit
  const subject = { circuitId, contract: verifier }
  const found = keccak256(code)
  if (found !== verifierCodehash) {
    output.find('VERIFIER_CODE_CHANGED', subject, null, {
      expected: verifierCodehash,
      found,
      message: `the code of the verifier of circuit ${circuitId} is not the one that was registered`,
    })
    return
  }
  // What was to be said of a key that is not known has been said.
  if (key === null) return
  const generated = references.flatMap((reference) =>
    reference.kind === 'verifier-code' && holdsKey(reference.code, key) ? [reference.code] : [],
  )
  if (generated.length === 0 && holdsKey(code, key)) {
    output.find('VERIFIER_NOT_COMPARED', subject, place, {
      message: `the verifier of circuit ${circuitId} holds its key, but no verifier generated from that key is at hand to compare it with`,
    })
  } else if (!generated.includes(code)) {
    output.find('VERIFIER_OF_OTHER_KEY', subject, place, {
      expected: generated.length === 0 ? 'code that holds the registered key' : keccak256(generated[0]!),
      found,
      message: `the code of the verifier of circuit ${circuitId} is not what is generated from its key`,
    })
  }
}

/** A generated verifier holds every coordinate of its key as a constant, without leading zeros. */
function holdsKey(code: `0x${string}`, key: VerificationKey): boolean {
  const { alpha, beta, gamma, delta, ic } = toEvmVerificationKey(key)
  return [alpha, beta, gamma, delta, ic].flat(3).every((coordinate) => code.includes(coordinate.toString(16)))
}

export function retireCircuit(books: Books, { circuitId }: ArgsOf<'CircuitRetired'>, { place, block }: Occasion): void {
  const circuit = requireUsableCircuit(books, circuitId, {}, place)
  if (circuit !== undefined) circuit.retiredAt ??= block.timestamp
}

export function registerModel(books: Books, event: ArgsOf<'ModelRegistered'>, { place, block }: Occasion): void {
  const { modelId, owner, operator } = event
  requireNextId(books, 'modelId', modelId, BigInt(books.models.size), place)
  requireOperator(books, modelId, operator, place)
  books.models.set(modelId, {
    modelId,
    owner,
    operators: [{ operator, since: block.timestamp }],
    modelVersion: 0n,
    indexVersion: 0n,
    currentEpochId: 0n,
    lastClosedEpochId: 0n,
    versions: new Map(),
    indexes: new Map(),
    debts: new Map(),
    loggedDebts: new Map(),
    contributors: new Set(),
  })
}

export function registerModelVersion(
  books: Books,
  { modelId, modelVersion, weightsCommitment, circuitId }: ArgsOf<'ModelVersionRegistered'>,
  { place }: Occasion,
): void {
  const model = findModel(books, modelId, place)
  if (model === undefined) return
  const subject = { modelId, modelVersion }
  model.modelVersion = requireNextId(books, 'modelVersion', modelVersion, model.modelVersion, place, { modelId })
  requireUsableCircuit(books, circuitId, subject, place)
  if (!isCommitment(weightsCommitment)) {
    books.output.find('MODEL_INVALID', subject, place, {
      expected: 'a commitment in 1 .. r-1',
      found: weightsCommitment,
      message: `head ${modelVersion} of model ${modelId} has a commitment that the registry refuses`,
    })
  }
  model.versions.set(modelVersion, { weightsCommitment, circuitId })
  const answer = { weightsCommitment, circuitId }
  const question = askState('modelRegistry', 'modelVersionOf', modelId, modelVersion)
  books.answers.expect(question, 'MODEL_STATE_DIFFERS', subject, [answer])
}

export function registerIndex(books: Books, event: ArgsOf<'IndexRegistered'>, { place }: Occasion): void {
  const { modelId, indexVersion, modelVersion, indexCommitment } = event
  const model = findModel(books, modelId, place)
  if (model === undefined) return
  const subject = { modelId, indexVersion }
  model.indexVersion = requireNextId(books, 'indexVersion', indexVersion, model.indexVersion, place, { modelId })
  requireIndex(books, event, model, place)
  const contributors = event.contributors.slice(0, MAXIMUM_CONTRIBUTORS)
  model.indexes.set(indexVersion, { indexCommitment, modelVersion, contributors })
  for (const contributor of contributors) model.contributors.add(contributor)
  books.contributorCount += contributors.length
  const answer = { indexCommitment, modelVersion: Number(modelVersion), contributors: event.contributors }
  const question = askState('modelRegistry', 'indexOf', modelId, indexVersion)
  books.answers.expect(question, 'INDEX_STATE_DIFFERS', subject, [answer])
  books.output.row({ kind: 'index', modelId, indexVersion, modelVersion, indexCommitment, contributors, place })
}

/** The rules of `ModelRegistry.registerIndex`. */
function requireIndex(
  books: Books,
  { modelId, indexVersion, modelVersion, indexCommitment, contributors }: ArgsOf<'IndexRegistered'>,
  model: Model,
  place: Occasion['place'],
): void {
  const subject = { modelId, indexVersion }
  const refuse = (expected: string, found: string | bigint, at: { readonly slot?: number } = {}) =>
    books.output.find('INDEX_INVALID', { ...subject, ...at }, place, {
      expected,
      found,
      message: `index ${indexVersion} of model ${modelId} is not one that the registry accepts`,
    })
  if (modelVersion !== model.modelVersion)
    refuse(`an index of head ${model.modelVersion}`, `one of head ${modelVersion}`)
  if (!isCommitment(indexCommitment)) refuse('a commitment in 1 .. r-1', indexCommitment)
  const head = model.versions.get(model.modelVersion)
  const circuit = head && requireUsableCircuit(books, head.circuitId, subject, place)
  const maximum = circuit?.contributors ?? MAXIMUM_CONTRIBUTORS
  if (contributors.length < 1 || contributors.length > maximum)
    refuse(`1 .. ${maximum} contributors`, `${contributors.length} contributors`)
  const seen = new Set<string>([zeroAddress])
  for (const [slot, contributor] of contributors.slice(0, MAXIMUM_CONTRIBUTORS).entries()) {
    if (seen.has(contributor)) refuse('an account that no other slot has', contributor, { slot })
    seen.add(contributor)
  }
}

const isCommitment = (value: bigint) => value > 0n && value < FIELD_ORDER

export function changeOperator(books: Books, event: ArgsOf<'OperatorChanged'>, { place, block }: Occasion): void {
  const { modelId, previousOperator, newOperator } = event
  const model = findModel(books, modelId, place)
  if (model === undefined) return
  const operator = currentOperatorOf(model)
  if (!isAddressEqual(previousOperator, operator)) {
    books.output.find('MODEL_STATE_DIFFERS', { modelId }, place, {
      expected: `operator ${operator}`,
      found: `operator ${previousOperator}`,
      message: `model ${modelId} had another operator than the one that this event replaces`,
    })
  }
  requireOperator(books, modelId, newOperator, place)
  model.operators.push({ operator: newOperator, since: block.timestamp })
}

function requireOperator({ output }: Books, modelId: bigint, operator: Address, place: Occasion['place']): void {
  if (!isAddressEqual(operator, zeroAddress)) return
  output.find('MODEL_INVALID', { modelId }, place, {
    expected: 'an operator',
    found: operator,
    message: `model ${modelId} has nobody as its operator, which the registry refuses`,
  })
}

export function findModel(books: Books, modelId: bigint, place: Occasion['place']): Model | undefined {
  const model = books.models.get(modelId)
  if (model === undefined) reportUnknown(books, { modelId }, place, `model ${modelId}`)
  return model
}

/** Things that are remembered as reported; strangers may name any number. */
const MOST_UNKNOWN = 10_000

/** Once for each thing: all that follows would say the same. */
export function reportUnknown(books: Books, subject: object, place: Occasion['place'], what: string): void {
  if (books.unknown.has(what)) return
  if (books.unknown.size < MOST_UNKNOWN) books.unknown.add(what)
  books.output.find('SUBJECT_UNKNOWN', subject, place, {
    expected: `an event that makes ${what} known`,
    found: 'none',
    message: `no event before this one makes ${what} known: it is hidden, or was never emitted`,
  })
}

/** @returns the id, which is the new count whatever is wrong with it */
export function requireNextId(
  { output }: Books,
  name: 'policyId' | 'modelId' | 'modelVersion' | 'indexVersion' | 'requestId' | 'batchId' | 'epochId',
  id: bigint,
  count: bigint,
  place: Occasion['place'],
  subject: object = {},
): bigint {
  if (id === count + 1n) return id
  output.find('ID_OUT_OF_ORDER', { ...subject, [name]: id }, place, {
    expected: count + 1n,
    found: id,
    message: `${name} ${count + 1n} comes next, this is ${id}: an event in between is missing, or this one is too many`,
  })
  return id > count ? id : count
}

/** Nothing may be registered, opened, sealed or settled under a circuit that is unknown or retired, nor may it be retired again. */
export function requireUsableCircuit(
  books: Books,
  circuitId: `0x${string}`,
  subject: object,
  place: Occasion['place'],
): Circuit | undefined {
  const circuit = books.circuits.get(circuitId)
  if (circuit === undefined) reportUnknown(books, { ...subject, circuitId }, place, `circuit ${circuitId}`)
  else if (circuit.retiredAt !== null) {
    books.output.find('CIRCUIT_IS_RETIRED', { ...subject, circuitId }, place, {
      expected: 'a circuit in use',
      found: 'a retired one',
      message: `circuit ${circuitId} had been retired before this`,
    })
  }
  return circuit
}
