import { decodeFunctionData, getAddress, isAddressEqual, keccak256, zeroAddress } from 'viem'
import { verifierRegistryAbi } from '../../chain/abi.ts'
import type { ContractName } from '../../chain/decodeContractEvent.ts'
import { PoaError } from '../../errors.ts'
import { type EvmVerificationKey, fromEvmVerificationKey, toEvmVerificationKey } from '../../proof/evmProof.ts'
import type { VerificationKey } from '../../proof/Groth16.ts'
import {
  circuitIdOf,
  hashVerificationKey,
  isCeremonyKey,
  LOCAL_CHAIN_IDS,
  requireSoundVerificationKey,
} from '../../proof/verificationKey.ts'
import { PUBLIC_SIGNAL_COUNT } from '../../statement/buildStatement.ts'
import type { CodeRecord } from '../AuditRecord.ts'
import { compiledCode } from '../compiledCode.ts'
import { askState } from '../stateQuestions.ts'
import type { ArgsOf, Books, Circuit, Model, Occasion } from './Books.ts'

/** The bounds of PolicyRegistry. */
const WHOLE_BPS = 10_000
const MAXIMUM_PAID_OUT_BPS = 9_500
/** Seconds, from and to. */
const WINDOWS = {
  epochLength: [600, 90 * 86_400],
  sealWindow: [60, 7 * 86_400],
  settleWindow: [600, 30 * 86_400],
} as const
/** The bounds of VerifierRegistry. */
const MAXIMUM_TRACES = 255
const MAXIMUM_CONTRIBUTORS = 64

export function publishPolicy(books: Books, { policyId, policy }: ArgsOf<'PolicyPublished'>, { place }: Occasion) {
  const { output, answers, policies } = books
  const subject = { policyId }
  books.policyCount = requireNextId(books, 'policyId', policyId, books.policyCount, place)
  const { contributorsBps, modelOwnerBps, stakersBps, proverBps, treasuryBps } = policy
  const paidOutBps = contributorsBps + modelOwnerBps + stakersBps + proverBps
  if (paidOutBps + treasuryBps !== WHOLE_BPS || paidOutBps > MAXIMUM_PAID_OUT_BPS) {
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
  const key = readKey(books, event, place)
  if (circuitIdOf(keyHash) !== circuitId) {
    output.find('CIRCUIT_KEY_DIFFERS', subject, place, {
      expected: circuitIdOf(keyHash),
      found: circuitId,
      message: 'the id of a circuit is the first four bytes of its key hash',
    })
  }
  for (const reference of books.references) {
    if (reference.kind !== 'circuit-key') continue
    const { name, traces, contributors } = reference
    if (traces !== event.traces || contributors !== event.contributors || reference.keyHash === keyHash) continue
    output.find('CIRCUIT_KEY_NOT_OURS', subject, place, {
      expected: reference.keyHash,
      found: keyHash,
      message: `the key registered for ${traces} inferences and ${contributors} contributors is not that of the artifacts of ${name}`,
    })
  }
  const traces = requireSize(books, 'traces', event.traces, MAXIMUM_TRACES, circuitId, place)
  const contributors = requireSize(books, 'contributors', event.contributors, MAXIMUM_CONTRIBUTORS, circuitId, place)
  books.circuits.set(circuitId, { ...event, traces, contributors, key, place, isRetired: false, isCodeRead: false })
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
  const calls = transaction!.calls.filter((call) => call.function === 'register')
  const call = calls.find(({ data }) => data !== null && readRegistration(data)?.keyHash === keyHash) ?? calls[0]
  if (call === undefined || call.data === null) {
    output.find('CALLDATA_MISSING', subject, place, {
      message: `the key of circuit ${circuitId} is not known: ${call?.reason ?? 'no calldata was handed in'}`,
    })
    return null
  }
  const registration = readRegistration(call.data)
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

type Registration = {
  readonly key: VerificationKey
  readonly keyHash: `0x${string}`
  readonly verifier: `0x${string}`
}

function readRegistration(data: `0x${string}`): Registration | null {
  try {
    const { functionName, args } = decodeFunctionData({ abi: verifierRegistryAbi, data })
    if (functionName !== 'register') return null
    const [evmKey, verifier] = args
    const key = fromEvmVerificationKey(evmKey as EvmVerificationKey)
    return { key, keyHash: hashVerificationKey(key), verifier }
  } catch {
    return null // whatever it is, it is no registration with a key
  }
}

/** Code at an address: one of the five contracts, or the verifier of a circuit. */
export function checkCode(books: Books, { address, code }: CodeRecord): void {
  const { output, circuits, header } = books
  books.coded.add(getAddress(address))
  // Before its registration nothing is known that it could be compared with.
  for (const circuit of circuits.values()) if (isAddressEqual(circuit.verifier, address)) circuit.isCodeRead = true
  if (code === '0x') {
    const circuit = [...circuits.values()].find(({ verifier }) => isAddressEqual(verifier, address))
    const subject = circuit === undefined ? {} : { circuitId: circuit.circuitId }
    output.find('CONTRACT_WITHOUT_CODE', { ...subject, contract: address }, null, {
      expected: 'code',
      found: 'none',
      message: `there is no code at ${address}`,
    })
    return
  }
  const names = Object.keys(header.deployment) as ContractName[]
  const name = names.find((contract) => isAddressEqual(header.deployment[contract], address))
  if (name !== undefined) {
    checkContractCode(books, name, code)
    return
  }
  for (const circuit of circuits.values()) {
    if (isAddressEqual(circuit.verifier, address)) checkVerifierCode(books, circuit, code)
  }
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

export function retireCircuit(books: Books, { circuitId }: ArgsOf<'CircuitRetired'>, { place }: Occasion): void {
  const circuit = books.circuits.get(circuitId)
  if (circuit === undefined) reportUnknown(books, { circuitId }, place, `circuit ${circuitId}`)
  else circuit.isRetired = true
}

export function registerModel(books: Books, event: ArgsOf<'ModelRegistered'>, { place }: Occasion): void {
  const { modelId, owner, operator } = event
  requireNextId(books, 'modelId', modelId, BigInt(books.models.size), place)
  books.models.set(modelId, emptyModel({ modelId, owner, operator }))
}

function emptyModel({ modelId, owner, operator }: Pick<Model, 'modelId' | 'owner' | 'operator'>): Model {
  return {
    modelId,
    owner,
    operator,
    modelVersion: 0n,
    indexVersion: 0n,
    currentEpochId: 0n,
    lastClosedEpochId: 0n,
    versions: new Map(),
    indexes: new Map(),
    debts: new Map(),
    loggedDebts: new Map(),
    contributors: new Set(),
  }
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
  model.versions.set(modelVersion, { weightsCommitment, circuitId })
  const answer = { weightsCommitment, circuitId }
  const question = askState('modelRegistry', 'modelVersionOf', modelId, modelVersion)
  books.answers.expect(question, 'MODEL_STATE_DIFFERS', subject, [answer])
}

export function registerIndex(books: Books, event: ArgsOf<'IndexRegistered'>, { place }: Occasion): void {
  const { modelId, indexVersion, modelVersion, indexCommitment, contributors } = event
  const model = findModel(books, modelId, place)
  if (model === undefined) return
  const subject = { modelId, indexVersion }
  model.indexVersion = requireNextId(books, 'indexVersion', indexVersion, model.indexVersion, place, { modelId })
  if (modelVersion !== model.modelVersion) {
    books.output.find('SUBJECT_UNKNOWN', subject, place, {
      expected: model.modelVersion,
      found: modelVersion,
      message: `index ${indexVersion} of model ${modelId} is for another version of the head than the current one`,
    })
  }
  model.indexes.set(indexVersion, { indexCommitment, modelVersion, contributors })
  for (const contributor of contributors) model.contributors.add(contributor)
  const answer = { indexCommitment, modelVersion: Number(modelVersion), contributors }
  const question = askState('modelRegistry', 'indexOf', modelId, indexVersion)
  books.answers.expect(question, 'INDEX_STATE_DIFFERS', subject, [answer])
  books.output.row({ kind: 'index', modelId, indexVersion, modelVersion, indexCommitment, contributors, place })
}

export function changeOperator(books: Books, event: ArgsOf<'OperatorChanged'>, { place }: Occasion): void {
  const { modelId, previousOperator, newOperator } = event
  const model = findModel(books, modelId, place)
  if (model === undefined) return
  if (!isAddressEqual(previousOperator, model.operator)) {
    books.output.find('MODEL_STATE_DIFFERS', { modelId }, place, {
      expected: `operator ${model.operator}`,
      found: `operator ${previousOperator}`,
      message: `model ${modelId} had another operator than the one that this event replaces`,
    })
  }
  model.operator = newOperator
}

export function findModel(books: Books, modelId: bigint, place: Occasion['place']): Model | undefined {
  const model = books.models.get(modelId)
  if (model === undefined) reportUnknown(books, { modelId }, place, `model ${modelId}`)
  return model
}

/** Once for each thing: all that follows would say the same. */
export function reportUnknown(books: Books, subject: object, place: Occasion['place'], what: string): void {
  if (books.unknown.has(what)) return
  books.unknown.add(what)
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

/** Nothing may be registered, opened, sealed or settled under a circuit that is unknown or retired. */
export function requireUsableCircuit(
  books: Books,
  circuitId: `0x${string}`,
  subject: object,
  place: Occasion['place'],
): Circuit | undefined {
  const circuit = books.circuits.get(circuitId)
  if (circuit === undefined) reportUnknown(books, { ...subject, circuitId }, place, `circuit ${circuitId}`)
  else if (circuit.isRetired) {
    books.output.find('CIRCUIT_IS_RETIRED', { ...subject, circuitId }, place, {
      expected: 'a circuit in use',
      found: 'a retired one',
      message: `circuit ${circuitId} had been retired before this`,
    })
  }
  return circuit
}
