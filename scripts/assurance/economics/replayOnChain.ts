import { type Address, keccak256, toBytes } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getBalance, readContract } from 'viem/actions'
import { openChildProcessBackend } from '../../../prover/proving/childProcessBackend.ts'
import { chooseProver } from '../../../prover/proving/chooseProver.ts'
import { proveBatch } from '../../../prover/proving/proveBatch.ts'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { submitProof } from '../../../prover/proving/submitProof.ts'
import { epochLedgerAbi } from '../../../src/chain/abi.ts'
import { closeEpoch } from '../../../src/chain/closeEpoch.ts'
import { payInference } from '../../../src/chain/payInference.ts'
import { readBatchContext } from '../../../src/chain/readBatchContext.ts'
import { registerCircuit } from '../../../src/chain/registerCircuit.ts'
import { registerIndex, registerModel } from '../../../src/chain/registerModel.ts'
import { sealBatch } from '../../../src/chain/sealBatch.ts'
import { withdraw } from '../../../src/chain/withdraw.ts'
import { computeLogits, predictLabel } from '../../../src/statement/attributeTrace.ts'
import { sealTraces, type Trace } from '../../../src/statement/buildStatement.ts'
import { connect, passTime } from '../../demo/connect.ts'
import { DEFAULT_SHARES, deployContracts, deployVerifier } from '../../deployContracts.ts'
import { ensureDevKeysOfShape } from '../../keys/ensureDevKeys.ts'
import { seededRandom } from '../../randomBatch.ts'
import { OPEN_SUPPLY_WEI, startLocalChain } from '../../startLocalChain.ts'
import type { Setting } from './buildSettings.ts'
import { type Epoch, type Settlement, settleExactly, sumOf } from './settleExactly.ts'

/** What a chain made of some epochs, and by how many wei it differs from the references. */
export type Replay = { readonly settlement: Settlement; readonly mismatchWei: bigint }

const EPOCH_SECONDS = 3600
const ROLES = ['governance', 'model owner', 'operator', 'payer'] as const
const key = (name: string) => privateKeyToAccount(keccak256(toBytes(`economic attack: ${name}`)))

/**
 * Plays runs of epochs on a chain of its own, with the real contracts and real proofs; each run on a model of its own, so that no debt of one meets another.
 * What is reported are balances of that chain.
 * @param onBatch called after each settled batch
 */
export async function replayOnChain(
  setting: Setting,
  runs: readonly (readonly Epoch[])[],
  onBatch: () => void,
): Promise<Replay[]> {
  const { shape, head, index } = setting
  const { artifacts } = await ensureDevKeysOfShape(shape.name)
  await terminate()
  const backend = openChildProcessBackend(artifacts, { prover: chooseProver() })
  const funds = ROLES.map((role) => [key(role).address, OPEN_SUPPLY_WEI / BigInt(ROLES.length)] as const)
  // Blocks go on like those of a real chain: whoever looks for a receipt between a block and its receipts finds it with the next one.
  const chain = await startLocalChain(new Map(funds), { blockSeconds: 1 })
  try {
    const [governance, owner, operator, payer] = ROLES.map((role) => connect(chain, key(role)))
    const [treasury, stakers] = [key('treasury').address, key('stakers').address]
    const windows = { epochLength: EPOCH_SECONDS, sealWindow: EPOCH_SECONDS, settleWindow: EPOCH_SECONDS }
    const deployment = await deployContracts(governance!, { ...DEFAULT_SHARES, ...windows, treasury, stakers })
    const { address: verifier } = await deployVerifier(governance!, shape.name)
    const circuit = { verificationKey: artifacts.verificationKey, verifier, shape }
    const { circuitId } = await registerCircuit(governance!, deployment, circuit)
    const readLedger = { address: deployment.epochLedger, abi: epochLedgerAbi } as const
    const random = seededRandom(shape.features)

    /** What an account was credited since it was last asked. */
    const collect = async (account: Address): Promise<bigint> => {
      const owed = await readContract(governance!, { ...readLedger, functionName: 'claimableOf', args: [account] })
      return owed === 0n ? 0n : (await withdraw(governance!, deployment, { account })).amountWei
    }

    const play = async (epochs: readonly Epoch[], run: number): Promise<Settlement> => {
      const contributors = index.scales.map((_, slot) => key(`run ${run}, contributor ${slot}`).address)
      const prover = key(`run ${run}, prover`).address
      const { modelId } = await registerModel(owner!, deployment, {
        head,
        shape,
        circuitId,
        operator: operator!.account.address,
      })
      const register = () => registerIndex(owner!, deployment, { modelId, index, shape, contributors })
      await register()
      let closed = 0n
      for (const { queries, hasNewIndex, hasIndexBeforeEachQuery = false } of epochs) {
        if (hasNewIndex) await register()
        // By the epoch that the chain says they are in: one, unless something ended it.
        const tracesOf = new Map<bigint, Trace[]>()
        for (const [i, { features, feeWei }] of queries.entries()) {
          if (i > 0 && hasIndexBeforeEachQuery) await register()
          const requestHash = keccak256(toBytes(features.join()))
          const paid = await payInference(payer!, deployment, { modelId, requestHash, feeWei })
          const label = predictLabel(computeLogits(head, features))
          const salts = { inputSalt: random.bigBits(248), outputSalt: random.bigBits(248) }
          const trace = { requestId: paid.requestId, poolWei: paid.poolWei, features, label, ...salts }
          tracesOf.set(paid.epochId, [...(tracesOf.get(paid.epochId) ?? []), trace])
        }
        for (const part of [...tracesOf.values()].flatMap((traces) => chunk(traces, shape.traces))) {
          const { batchId } = await sealBatch(operator!, deployment, { modelId, sealed: sealTraces(part, shape) })
          const context = await readBatchContext(payer!, deployment, { batchId, prover })
          const batch = { shape, head, index, traces: part, batchSalt: random.bigBits(248), context }
          await submitProof(governance!, deployment, await proveBatch(batch, artifacts, backend))
          onBatch()
        }
        await passTime(governance!, EPOCH_SECONDS)
        for (const _ of tracesOf.keys()) await closeEpoch(governance!, deployment, { modelId, epochId: ++closed })
      }
      for (const contributor of contributors) await collect(contributor)
      const debts = contributors.map((account) =>
        readContract(governance!, { ...readLedger, functionName: 'debtOf', args: [modelId, account] }),
      )
      return {
        feesWei: sumOf(epochs.flatMap(({ queries }) => queries.map(({ feeWei }) => feeWei))),
        // They began with nothing and sent nothing.
        paidWei: await Promise.all(contributors.map((address) => getBalance(governance!, { address }))),
        modelOwnerWei: await collect(owner!.account.address),
        stakersWei: await collect(stakers),
        proverWei: await collect(prover),
        treasuryWei: await collect(treasury),
        debtsWei: (await Promise.all(debts)).map(({ amountWei }) => amountWei),
      }
    }

    const replays: Replay[] = []
    for (const [run, epochs] of runs.entries()) {
      const settlement = await play(epochs, run)
      replays.push({ settlement, mismatchWei: differenceWei(settlement, settleExactly(setting, epochs)) })
    }
    return replays
  } finally {
    await chain.stop()
    await backend.close()
  }
}

/** Sum of all differences, each without its sign. */
export function differenceWei(a: Settlement, b: Settlement): bigint {
  const flat = ({ paidWei, debtsWei, ...sums }: Settlement) => [...Object.values(sums), ...paidWei, ...debtsWei]
  const others = flat(b)
  return sumOf(flat(a).map((value, i) => (value > others[i]! ? value - others[i]! : others[i]! - value)))
}

function chunk<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
