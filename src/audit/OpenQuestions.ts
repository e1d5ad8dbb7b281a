import type { Address, Hex } from 'viem'
import type { ContractEvent } from '../chain/decodeContractEvent.ts'
import { MAXIMUM_CONTRIBUTORS } from './circuitBounds.ts'
import { askState, type StateQuestion } from './stateQuestions.ts'

type Slots = { readonly modelId: bigint; readonly epochId: bigint; readonly slots: number }

/** The requests of a batch, and how many of them are not refunded. */
type SealedRequests = { readonly requestIds: readonly bigint[]; open: number }

/**
 * What is to be asked of the contracts at the pinned block: of what an event makes final at once, of the rest at the end. Holds what is open and no
 * more, so that a long chain does not fill the memory.
 */
export class OpenQuestions {
  readonly #slotsOfCircuit = new Map<Hex, number>()
  readonly #circuits = new Set<Hex>()
  readonly #models = new Map<bigint, Set<Address>>()
  readonly #epochs = new Map<string, Slots>()
  /** The batch that each is sealed in. */
  readonly #requests = new Map<bigint, bigint | null>()
  readonly #batches = new Map<bigint, SealedRequests>()
  readonly #accounts = new Set<Address>()

  /** Takes an event in; returns what it made final. */
  afterEvent(event: ContractEvent): readonly StateQuestion[] {
    switch (event.eventName) {
      case 'PolicyPublished':
        return [askState('policyRegistry', 'policyOf', event.args.policyId)]
      case 'CircuitRegistered':
        this.#circuits.add(event.args.circuitId)
        this.#slotsOfCircuit.set(event.args.circuitId, event.args.contributors)
        return []
      case 'ModelRegistered':
        this.#models.set(event.args.modelId, new Set())
        return []
      case 'ModelVersionRegistered':
        return [askState('modelRegistry', 'modelVersionOf', event.args.modelId, event.args.modelVersion)]
      case 'IndexRegistered':
        for (const contributor of event.args.contributors) {
          this.#models.get(event.args.modelId)?.add(contributor)
          this.#accounts.add(contributor)
        }
        return [askState('modelRegistry', 'indexOf', event.args.modelId, event.args.indexVersion)]
      case 'EpochOpened': {
        const { modelId, epochId, circuitId } = event.args
        const slots = Math.min(this.#slotsOfCircuit.get(circuitId) ?? 0, MAXIMUM_CONTRIBUTORS)
        this.#epochs.set(`${modelId}/${epochId}`, { modelId, epochId, slots })
        return []
      }
      case 'RequestPaid':
        this.#requests.set(event.args.requestId, null)
        return []
      case 'BatchSealed': {
        const { batchId, leaves } = event.args
        for (const requestId of leaves.requestIds) this.#requests.set(requestId, batchId)
        this.#batches.set(batchId, { requestIds: leaves.requestIds, open: leaves.requestIds.length })
        return []
      }
      case 'BatchSettled':
        return this.#afterSettlement(event.args.batchId, event.args.prover)
      case 'RequestRefunded':
        return this.#afterRefund(event.args.requestId)
      case 'EpochClosed':
        return this.#afterClosing(event.args.modelId, event.args.epochId)
      case 'AccountCredited':
      case 'Withdrawn':
        this.#accounts.add(event.args.account)
        return []
      default:
        return []
    }
  }

  /** What is open once the last event is in. */
  atEnd(): readonly StateQuestion[] {
    return [
      askState('policyRegistry', 'currentPolicyId'),
      askState('modelRegistry', 'modelCount'),
      askState('inferenceEscrow', 'requestCount'),
      askState('inferenceEscrow', 'batchCount'),
      ...[...this.#circuits].map((circuitId) => askState('verifierRegistry', 'circuitOf', circuitId)),
      ...[...this.#models].flatMap(([modelId, contributors]) => [
        askState('modelRegistry', 'modelOf', modelId),
        askState('epochLedger', 'currentEpochIdOf', modelId),
        askState('epochLedger', 'lastClosedEpochIdOf', modelId),
        ...[...contributors].map((account) => askState('epochLedger', 'debtOf', modelId, account)),
      ]),
      ...[...this.#epochs.values()].flatMap(askEpoch),
      ...[...this.#batches.keys()].map((batchId) => askState('inferenceEscrow', 'batchOf', batchId)),
      ...[...this.#requests.keys()].map((requestId) => askState('inferenceEscrow', 'requestOf', requestId)),
      ...[...this.#accounts].map((account) => askState('epochLedger', 'claimableOf', account)),
    ]
  }

  #afterSettlement(batchId: bigint, prover: Address): StateQuestion[] {
    const { requestIds } = this.#batches.get(batchId) ?? { requestIds: [] }
    this.#batches.delete(batchId)
    for (const requestId of requestIds) this.#requests.delete(requestId)
    return [
      askState('inferenceEscrow', 'batchOf', batchId),
      askState('inferenceEscrow', 'contextOf', batchId, prover),
      ...requestIds.map((requestId) => askState('inferenceEscrow', 'requestOf', requestId)),
    ]
  }

  /** With its last request a batch becomes final, too. */
  #afterRefund(requestId: bigint): StateQuestion[] {
    const batchId = this.#requests.get(requestId) ?? null
    this.#requests.delete(requestId)
    const question = askState('inferenceEscrow', 'requestOf', requestId)
    const batch = batchId === null ? undefined : this.#batches.get(batchId)
    if (batchId === null || batch === undefined) return [question]
    batch.open -= 1
    if (batch.open > 0) return [question]
    this.#batches.delete(batchId)
    return [question, askState('inferenceEscrow', 'batchOf', batchId)]
  }

  #afterClosing(modelId: bigint, epochId: bigint): StateQuestion[] {
    const key = `${modelId}/${epochId}`
    const epoch = this.#epochs.get(key)
    this.#epochs.delete(key)
    return epoch === undefined ? [] : askEpoch(epoch)
  }
}

function askEpoch({ modelId, epochId, slots }: Slots): StateQuestion[] {
  return [
    askState('epochLedger', 'epochOf', modelId, epochId),
    ...Array.from({ length: slots }, (_, slot) =>
      askState('epochLedger', 'bookedEarningOf', modelId, epochId, BigInt(slot)),
    ),
  ]
}
