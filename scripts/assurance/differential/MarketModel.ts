import { type Address, encodeAbiParameters, keccak256, parseAbiParameters, toHex } from 'viem'
import type { MirrorRow } from '../../../prover/indexing/eventRows.ts'
import { listPublicSignals } from '../../../src/statement/buildStatement.ts'
import type { SealedTraces } from '../../../src/statement/context.ts'
import type { SettlementClaim } from '../../../src/statement/settlementClaim.ts'
import { toJson } from '../../../src/statement/traceBatchSchema.ts'
import type { Policy } from '../../deployContracts.ts'
import type { Answer, Question } from './askContracts.ts'
import type { Market, RegisteredCircuit } from './deployMarket.ts'
import { NO_PROOF } from './drawClaim.ts'
import { type EpochBooks, isRefusal, LedgerModel, type ModelBooks } from './LedgerModel.ts'
import type { Contract } from './openEvm.ts'
import type { Reference } from './reference.ts'

/** One call, what comes of it, the rows that its events stand for, and about what gas it takes. */
export type Step = { readonly question: Question; readonly rows: readonly MirrorRow[]; readonly gas: number }

type RequestState = 'Paid' | 'Sealed' | 'Settled' | 'Refunded'
const STATE_CODES: Record<RequestState, number> = { Paid: 1, Sealed: 2, Settled: 3, Refunded: 4 }

export type PaidRequest = {
  readonly requestId: bigint
  readonly feeWei: bigint
  readonly poolWei: bigint
  readonly epoch: EpochBooks
  readonly sealDeadline: bigint
  state: RequestState
}
export type SealedBatch = {
  readonly batchId: bigint
  readonly epoch: EpochBooks
  readonly requests: readonly PaidRequest[]
  readonly sealed: SealedTraces
  readonly settleDeadline: bigint
  isSettled: boolean
}

/** What a proof's maker chooses in a settlement. */
export type Settlement = {
  readonly prover: Address
  readonly earnings: readonly bigint[]
  readonly digest: bigint
  /** Other leaves than the sealed ones. */
  readonly leaves?: SealedTraces
}

/**
 * All five contracts in TypeScript, for one model: each method says what a call must do, with its events, and does it here. All calls are the
 * runner's, who is everybody.
 */
export class MarketModel {
  readonly ledger: LedgerModel
  readonly requests: PaidRequest[] = []
  readonly batches: SealedBatch[] = []
  readonly model: ModelBooks
  readonly circuit: RegisteredCircuit
  /** Unix seconds of the block that the next calls will be in. */
  now: bigint
  readonly #market: Market
  readonly #reference: Reference
  readonly #weightsCommitments = new Map<bigint, bigint>()
  readonly #indexCommitments = new Map<bigint, bigint>()

  constructor(market: Market, reference: Reference, circuit: RegisteredCircuit) {
    this.#market = market
    this.#reference = reference
    this.circuit = circuit
    this.now = market.time + 1n
    this.ledger = new LedgerModel(reference)
    this.ledger.policies.push(market.policy)
    this.model = {
      modelId: 1n,
      owner: market.evm.runner,
      versions: { modelVersion: 0n, indexVersion: 0n, circuitId: circuit.circuitId },
      hasIndex: false,
      contributors: new Map(),
      epochs: [],
      closedEpochs: 0,
      debts: new Map(),
    }
  }

  publishPolicy(policy: Policy): Step {
    this.ledger.policies.push(policy)
    const policyId = BigInt(this.ledger.policies.length)
    const row = { policy_id: policyId, policy: toJson(policy) }
    const returned = { returned: policyId }
    return step(this.#market.policyRegistry, 'publishPolicy', [policy], returned, [{ table: 'policies', row }], 200_000)
  }

  /** The model's first head, or its next; an epoch can be opened under it once it has an index. */
  registerHead(commitment: bigint): Step {
    const { model, circuit } = this
    const isFirst = model.versions.modelVersion === 0n
    const modelVersion = model.versions.modelVersion + 1n
    model.versions = { ...model.versions, modelVersion }
    model.hasIndex = false
    this.#weightsCommitments.set(modelVersion, commitment)
    const { modelId, owner } = model
    const { circuitId } = circuit
    const version: MirrorRow = {
      table: 'model_versions',
      row: {
        model_id: modelId,
        model_version: modelVersion,
        weights_commitment: commitment,
        circuit_id: circuitId,
      },
    }
    const { modelRegistry } = this.#market
    if (!isFirst) {
      const args = [modelId, commitment, circuitId]
      return step(modelRegistry, 'registerModelVersion', args, { returned: modelVersion }, [version], 150_000)
    }
    const created: MirrorRow = { table: 'models', row: { model_id: modelId, owner, operator: owner } }
    const args = [commitment, circuitId, owner]
    return step(modelRegistry, 'registerModel', args, { returned: modelId }, [created, version], 250_000)
  }

  registerIndex(commitment: bigint, contributors: readonly Address[]): Step {
    const { modelId, versions } = this.model
    const indexVersion = versions.indexVersion + 1n
    this.model.versions = { ...versions, indexVersion }
    this.model.hasIndex = true
    this.model.contributors.set(indexVersion, contributors)
    this.#indexCommitments.set(indexVersion, commitment)
    const row = {
      model_id: modelId,
      index_version: indexVersion,
      model_version: versions.modelVersion,
      index_commitment: commitment,
      contributors: toJson(contributors),
    }
    const rows: MirrorRow[] = [{ table: 'influence_indexes', row }]
    const args = [modelId, commitment, contributors]
    const gas = 150_000 + 30_000 * contributors.length
    return step(this.#market.modelRegistry, 'registerIndex', args, { returned: indexVersion }, rows, gas)
  }

  pay(feeWei: bigint): Step {
    const { modelId } = this.model
    const requestId = BigInt(this.requests.length + 1)
    const requestHash = toHex(requestId, { size: 32 })
    const ask = (expected: Answer, rows: readonly MirrorRow[], gas: number) =>
      step(this.#market.escrow, 'pay', [modelId, requestHash], expected, rows, gas, feeWei)

    const admitted = this.ledger.admit(this.model, this.now)
    if (isRefusal(admitted)) return ask(admitted, [], 60_000)
    const { epoch, isNew } = admitted
    const policy = this.ledger.policyOf(epoch)
    const poolWei = this.#reference.poolOfFee(feeWei, policy)
    const sealDeadline = this.now + BigInt(policy.sealWindow)
    this.requests.push({ requestId, feeWei, poolWei, epoch, sealDeadline, state: 'Paid' })
    const opened: MirrorRow = {
      table: 'epochs',
      row: {
        model_id: modelId,
        epoch_id: epoch.epochId,
        model_version: epoch.modelVersion,
        index_version: epoch.indexVersion,
        circuit_id: epoch.circuitId,
        policy_id: epoch.policyId,
        ends_at: epoch.endsAt,
      },
    }
    const paid: MirrorRow = {
      table: 'requests',
      row: {
        request_id: requestId,
        model_id: modelId,
        epoch_id: epoch.epochId,
        payer: this.#market.evm.runner,
        fee_wei: feeWei,
        pool_wei: poolWei,
        request_hash: requestHash,
        seal_deadline: sealDeadline,
      },
    }
    return ask({ returned: requestId }, isNew ? [opened, paid] : [paid], isNew ? 450_000 : 110_000)
  }

  /** @param requests paid ones of one epoch, of which the first to be sealed is not past its deadline; at most B */
  seal(requests: readonly PaidRequest[], commitments: () => bigint): Step {
    const { modelId } = this.model
    const { epoch } = requests[0]!
    const batchId = BigInt(this.batches.length + 1)
    const sealed: SealedTraces = {
      requestIds: requests.map(({ requestId }) => requestId),
      pools: requests.map(({ poolWei }) => poolWei),
      inputCommitments: requests.map(commitments),
      outputCommitments: requests.map(commitments),
    }
    const args = [modelId, sealed.requestIds, sealed.inputCommitments, sealed.outputCommitments]
    const gas = 150_000 + 25_000 * requests.length
    const ask = (expected: Answer, rows: readonly MirrorRow[] = []) =>
      step(this.#market.escrow, 'seal', args, expected, rows, gas)

    const oldest = requests.reduce((least, request) => (request.requestId < least.requestId ? request : least))
    const settleDeadline = oldest.sealDeadline + BigInt(this.ledger.policyOf(epoch).settleWindow)
    if (this.now > oldest.sealDeadline) {
      return ask({ error: 'SealDeadlinePassed', args: [oldest.requestId, oldest.sealDeadline, this.now] })
    }
    for (const request of requests) request.state = 'Sealed'
    this.batches.push({ batchId, epoch, requests, sealed, settleDeadline, isSettled: false })
    const batch: MirrorRow = {
      table: 'batches',
      row: {
        batch_id: batchId,
        model_id: modelId,
        epoch_id: epoch.epochId,
        batch_hash: this.#reference.hashBatch(sealed),
        settle_deadline: settleDeadline,
      },
    }
    const leaves = requests.map(
      ({ requestId, poolWei }, position): MirrorRow => ({
        table: 'batch_requests',
        row: {
          batch_id: batchId,
          position,
          request_id: requestId,
          pool_wei: poolWei,
          input_commitment: sealed.inputCommitments[position]!,
          output_commitment: sealed.outputCommitments[position]!,
        },
      }),
    )
    return ask({ returned: batchId }, [batch, ...leaves])
  }

  /** Settles with a proof that holds for what TypeScript says are the public signals. */
  settle(batch: SealedBatch, settlement: Settlement): Step {
    const { batchId, epoch, requests, sealed, settleDeadline } = batch
    const { prover, earnings, digest, leaves = sealed } = settlement
    const claim = this.#claimOf(batch, settlement)
    const signals = listPublicSignals(this.#reference.derivePublicSignals({ ...claim, sealed }))
    const [, , , encoded] = this.#reference.settleArguments({ claim, proof: NO_PROOF })
    const args = [batchId, prover, leaves, encoded, digest, mockProofOf(signals)]
    const gas = 400_000 + 12_000 * earnings.length + 3_000 * requests.length
    const ask = (expected: Answer, rows: readonly MirrorRow[] = []) =>
      step(this.#market.escrow, 'settle', args, expected, rows, gas)

    if (batch.isSettled) return ask({ error: 'BatchAlreadySettled', args: [batchId] })
    if (this.now > settleDeadline) {
      return ask({ error: 'SettleDeadlinePassed', args: [batchId, settleDeadline, this.now] })
    }
    if (leaves !== sealed) {
      const hashes = [leaves, sealed].map((lists) => this.#reference.hashBatch(lists))
      return ask({ error: 'BatchHashMismatch', args: [batchId, ...hashes] })
    }
    const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)
    const feesWei = sum(requests.map(({ feeWei }) => feeWei))
    const poolsWei = sum(sealed.pools)
    const count = requests.length
    const booked = this.ledger.book(this.model, epoch, { feesWei, poolsWei, earnings, count, prover })
    if (isRefusal(booked)) return ask(booked)
    batch.isSettled = true
    for (const request of requests) request.state = 'Settled'
    const { modelId } = this.model
    return ask({ returned: undefined }, [
      { table: 'settlements', row: { batch_id: batchId, model_id: modelId, prover, digest } },
      {
        table: 'batch_bookings',
        row: {
          batch_id: batchId,
          model_id: modelId,
          epoch_id: epoch.epochId,
          fees_wei: feesWei,
          pools_wei: poolsWei,
          model_owner_wei: booked.modelOwnerWei,
          stakers_wei: booked.stakersWei,
          prover_wei: booked.proverWei,
          treasury_wei: booked.treasuryWei,
          earnings_wei: toJson(booked.earningsWei),
        },
      },
    ])
  }

  refund(request: PaidRequest): Step {
    const { requestId, feeWei, epoch, state } = request
    const { settleWindow } = this.ledger.policyOf(epoch)
    const deadline = request.sealDeadline + (state === 'Paid' ? 0n : BigInt(settleWindow))
    const payer = this.#market.evm.runner
    const ask = (expected: Answer, rows: readonly MirrorRow[] = []) =>
      step(this.#market.escrow, 'refund', [requestId], expected, rows, 120_000)

    if (state === 'Settled' || state === 'Refunded') {
      return ask({ error: 'RequestNotRefundable', args: [requestId, STATE_CODES[state]] })
    }
    if (this.now <= deadline) return ask({ error: 'DeadlineNotPassed', args: [requestId, deadline, this.now] })
    request.state = 'Refunded'
    this.ledger.release(epoch, payer, feeWei)
    return ask({ returned: undefined }, [{ table: 'refunds', row: { request_id: requestId, payer, fee_wei: feeWei } }])
  }

  closeEpoch(epochId: bigint): Step {
    const { modelId } = this.model
    const netted = this.ledger.close(this.model, epochId, this.now)
    const ask = (expected: Answer, rows: readonly MirrorRow[] = []) =>
      step(this.#market.ledger, 'closeEpoch', [modelId, epochId], expected, rows, 150_000 + 100_000 * rows.length)

    if (isRefusal(netted)) return ask(netted)
    const accounts = netted.accounts.map(
      (account, slot): MirrorRow => ({
        table: 'contributor_nettings',
        row: {
          model_id: modelId,
          epoch_id: epochId,
          contributor: account.contributor,
          slot,
          opening_wei: account.openingWei,
          booked_wei: account.bookedWei,
          paid_wei: account.paidWei,
          carried_wei: account.carriedWei,
        },
      }),
    )
    const closure: MirrorRow = {
      table: 'epoch_closures',
      row: {
        model_id: modelId,
        epoch_id: epochId,
        pools_wei: netted.poolsWei,
        paid_wei: netted.paidWei,
        treasury_wei: netted.treasuryWei,
      },
    }
    return ask({ returned: undefined }, [...accounts, closure])
  }

  withdraw(account: Address): Step {
    const withdrawn = this.ledger.withdraw(account)
    const ask = (expected: Answer, rows: readonly MirrorRow[] = []) =>
      step(this.#market.ledger, 'withdraw', [account], expected, rows, 80_000)

    if (isRefusal(withdrawn)) return ask(withdrawn)
    const row = { account, amount_wei: withdrawn.amountWei }
    return ask({ returned: undefined }, [{ table: 'withdrawals', row }])
  }

  /** Every balance, debt, booked earning and count, to be read from the contracts. */
  balances(accounts: readonly Address[]): Question[] {
    const { ledger } = this.#market
    const { modelId, epochs, closedEpochs, debts } = this.model
    const ask = (functionName: string, args: readonly unknown[], returned: unknown): Question => ({
      field: `${functionName}(${args.join(', ')})`,
      contract: ledger,
      functionName,
      args,
      expected: { returned },
    })
    return [
      ask('lastClosedEpochIdOf', [modelId], BigInt(closedEpochs)),
      ask('currentEpochIdOf', [modelId], BigInt(epochs.length)),
      ...[...this.ledger.claimable].map(([account, amountWei]) => ask('claimableOf', [account], amountWei)),
      ...accounts.map((account) => {
        const { amountWei, indexVersion } = debts.get(account) ?? { amountWei: 0n, indexVersion: 0n }
        return ask('debtOf', [modelId, account], { amountWei, indexVersion: Number(indexVersion) })
      }),
      ...epochs.flatMap(({ epochId, batches }) =>
        Array.from({ length: this.circuit.shape.contributors }, (_, slot) => {
          const bookedWei = batches.reduce((sum, { earningsWei }) => sum + earningsWei[slot]!, 0n)
          return ask('bookedEarningOf', [modelId, epochId, BigInt(slot)], bookedWei)
        }),
      ),
    ]
  }

  #claimOf({ batchId, epoch, sealed }: SealedBatch, settlement: Settlement): SettlementClaim {
    const { circuit } = this
    return {
      shape: circuit.shape,
      context: {
        chainId: 31337n,
        settlement: this.#market.escrow.address,
        batchId,
        circuitKeyHash: circuit.keyHash,
        modelId: this.model.modelId,
        modelVersion: epoch.modelVersion,
        indexVersion: epoch.indexVersion,
        policyId: epoch.policyId,
        epochId: epoch.epochId,
        prover: settlement.prover,
      },
      sealed,
      earnings: settlement.earnings,
      digest: settlement.digest,
      weightsCommitment: this.#weightsCommitments.get(epoch.modelVersion)!,
      indexCommitment: this.#indexCommitments.get(epoch.indexVersion)!,
    }
  }
}

function step(
  contract: Contract,
  functionName: string,
  args: readonly unknown[],
  expected: Answer,
  rows: readonly MirrorRow[],
  gas: number,
  value = 0n,
): Step {
  return { question: { field: functionName, contract, functionName, args, value, expected }, rows, gas }
}

/** What MockGroth16Verifier takes for a proof of these public signals. */
function mockProofOf(signals: readonly bigint[]) {
  const encoded = encodeAbiParameters(parseAbiParameters('uint256[6]'), [
    signals as unknown as readonly [bigint, bigint, bigint, bigint, bigint, bigint],
  ])
  const zero = [0n, 0n]
  return { a: [BigInt(keccak256(encoded)), 0n], b: [zero, zero], c: zero }
}
