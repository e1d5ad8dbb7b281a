import type { Address } from 'viem'
import { modelRegistryAbi } from '../../../src/chain/abi.ts'
import type { Shape } from '../../../src/shape.ts'
import { commitIndex, commitWeights } from '../../../src/statement/commitments.ts'
import type { Head, InfluenceIndex } from '../../../src/statement/model.ts'
import { randomBatch, type SeededRandom } from '../../randomBatch.ts'
import { ACCOUNTS, contributorAt, type Market } from './deployMarket.ts'
import type { Miner } from './openMiner.ts'

/** A model with what the next epoch pins of it. */
export type MarketModel = {
  readonly modelId: bigint
  readonly place: number
  readonly modelVersion: bigint
  readonly indexVersion: bigint
  readonly head: Head
  readonly index: InfluenceIndex
}

/** Registers models, each with a head and an index. */
export async function registerModels(
  miner: Miner,
  { deployment, circuitId }: Market,
  { shape, count, random }: { shape: Shape; count: number; random: SeededRandom },
): Promise<MarketModel[]> {
  const drawn = Array.from({ length: count }, () => drawModel(shape, random))
  const registered = await miner.mine(
    ACCOUNTS.modelOwner,
    { ...registry(deployment.modelRegistry), functionName: 'registerModel', eventName: 'ModelRegistered' },
    drawn.map(({ head }) => ({ args: [commitWeights(head, shape), circuitId, ACCOUNTS.operator] })),
  )
  const models = registered.map(
    ({ args: { modelId } }, place): MarketModel => ({
      ...drawn[place]!,
      modelId,
      place,
      modelVersion: 1n,
      indexVersion: 0n,
    }),
  )
  return registerIndexes(miner, deployment.modelRegistry, shape, models)
}

/** Between two rounds: a quarter of the models get a new index with other contributors, half of these a new head before. */
export async function renewModels(
  miner: Miner,
  { deployment, circuitId }: Market,
  models: readonly MarketModel[],
  { shape, round, random }: { shape: Shape; round: number; random: SeededRandom },
): Promise<MarketModel[]> {
  const isRenewed = ({ place }: MarketModel) => (place + round) % 4 === 0
  const hasNewHead = ({ place }: MarketModel) => (place + round) % 8 === 0
  const renewed = models.filter(isRenewed).map((model): MarketModel => {
    const { head, index } = drawModel(shape, random)
    return hasNewHead(model) ? { ...model, head, index, modelVersion: model.modelVersion + 1n } : { ...model, index }
  })
  await miner.mine(
    ACCOUNTS.modelOwner,
    {
      ...registry(deployment.modelRegistry),
      functionName: 'registerModelVersion',
      eventName: 'ModelVersionRegistered',
    },
    renewed.filter(hasNewHead).map(({ modelId, head }) => ({ args: [modelId, commitWeights(head, shape), circuitId] })),
  )
  const current = await registerIndexes(miner, deployment.modelRegistry, shape, renewed)
  return models.map((model) => current.find(({ modelId }) => modelId === model.modelId) ?? model)
}

/** Payout addresses by slot. Neighbours share some of their contributors, and the last slot changes hands with each index. */
export function contributorsOf({ place, indexVersion }: MarketModel): readonly Address[] {
  return [2 * place, 2 * place + 1, 2 * place + 2 + (Number(indexVersion) % 3)].map(contributorAt)
}

async function registerIndexes(
  miner: Miner,
  address: Address,
  shape: Shape,
  models: readonly MarketModel[],
): Promise<MarketModel[]> {
  const next = models.map((model) => ({ ...model, indexVersion: model.indexVersion + 1n }))
  await miner.mine(
    ACCOUNTS.modelOwner,
    { ...registry(address), functionName: 'registerIndex', eventName: 'IndexRegistered' },
    next.map((model) => ({ args: [model.modelId, commitIndex(model.index, shape), contributorsOf(model)] })),
  )
  return next
}

const registry = (address: Address) => ({ address, abi: modelRegistryAbi })

/** Weights as small as trained ones, so that every competitor has a part in the gradient. */
function drawModel(shape: Shape, random: SeededRandom): { head: Head; index: InfluenceIndex } {
  const { head, index } = randomBatch(shape, random, { traces: 1, weight: () => random.integer(-40, 40) })
  return { head, index }
}
