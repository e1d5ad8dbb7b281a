import type { EpochView, LineageView, ModelView } from '../../../src/api/views.ts'
import { shortHex } from './formatFigures.ts'

export type FlowNode = {
  readonly id: string
  readonly name: string
  readonly stage: 'datanet' | 'contributor' | 'model' | 'payout'
}
export type Flow = { readonly from: string; readonly to: string; readonly wei: bigint }
export type Flows = { readonly nodes: readonly FlowNode[]; readonly flows: readonly Flow[] }

/** Contributors and epochs beyond these are taken together. */
const SHOWN_CONTRIBUTORS = 24
const SHOWN_EPOCHS = 8
const UNTOLD = 'No datanet told'

/**
 * How money and data hang together: what each datanet's contributors were paid, by which model, in which epoch. All of it is summed up from the epochs,
 * so that as much flows into a model as out of it. A payment is split over the datanets of its contributor by their samples, which is a way of drawing
 * it: what is proved is the contributor's pay. Of an open epoch what is booked above zero counts.
 * @param epochs the newest first
 */
export function attributionFlows(epochs: readonly EpochView[], models: readonly ModelView[]): Flows {
  const nodes = new Map<string, FlowNode>()
  const flows = new Map<string, Flow>()
  const add = (from: FlowNode, to: FlowNode, wei: bigint) => {
    if (wei <= 0n) return
    nodes.set(from.id, from)
    nodes.set(to.id, to)
    const key = `${from.id} ${to.id}`
    flows.set(key, { from: from.id, to: to.id, wei: (flows.get(key)?.wei ?? 0n) + wei })
  }
  const shares = epochs.flatMap(sharesOf)
  const lineages = new Map(
    models.map(({ modelId, indexes }) => [
      modelId,
      indexes.findLast(({ lineage }) => lineage !== null)?.lineage ?? null,
    ]),
  )
  const contributorNodes = nameContributors(shares)
  for (const { account, modelId, wei } of sumUp(shares, ({ account, modelId }) => `${account} ${modelId}`)) {
    const contributor = contributorNodes.get(account)!
    add(contributor, modelNode(modelId), wei)
    for (const { name, part } of splitOverDatanets(account, wei, lineages.get(modelId) ?? null))
      add({ id: `datanet ${name}`, name, stage: 'datanet' }, contributor, part)
  }
  const payoutNodes = namePayouts(epochs)
  for (const { epoch, modelId, wei } of shares) add(modelNode(modelId), payoutNodes.get(epoch)!, wei)
  return { nodes: [...nodes.values()], flows: [...flows.values()] }
}

/** What an epoch gave a contributor: paid, or booked above zero so far. */
type Share = {
  readonly epoch: EpochView
  readonly modelId: string
  readonly account: string
  readonly wei: bigint
}

function sharesOf(epoch: EpochView): Share[] {
  const { modelId, closure, contributors } = epoch
  const earned =
    closure === null
      ? contributors.map(({ contributor, bookedWei }) => ({ account: contributor, wei: BigInt(bookedWei) }))
      : closure.contributors.map(({ contributor, paidWei }) => ({ account: contributor, wei: BigInt(paidWei) }))
  return earned.filter(({ wei }) => wei > 0n).map(({ account, wei }) => ({ epoch, modelId, account, wei }))
}

/** One share for all of the same key, the largest first. */
function sumUp(shares: readonly Share[], keyOf: (share: Share) => string): Share[] {
  const sums = new Map<string, Share>()
  for (const share of shares) sums.set(keyOf(share), { ...share, wei: share.wei + (sums.get(keyOf(share))?.wei ?? 0n) })
  return [...sums.values()].sort((a, b) => (a.wei < b.wei ? 1 : a.wei > b.wei ? -1 : 0))
}

function nameContributors(shares: readonly Share[]): Map<string, FlowNode> {
  return new Map(
    sumUp(shares, ({ account }) => account).map(({ account }, place) => [
      account,
      place < SHOWN_CONTRIBUTORS
        ? { id: `contributor ${account}`, name: shortHex(account), stage: 'contributor' }
        : { id: 'contributors beyond', name: 'other contributors', stage: 'contributor' },
    ]),
  )
}

function namePayouts(epochs: readonly EpochView[]): Map<EpochView, FlowNode> {
  const manyModels = new Set(epochs.map(({ modelId }) => modelId)).size > 1
  const closed = epochs.filter(({ closure }) => closure !== null)
  return new Map(
    epochs.map((epoch) => {
      const { modelId, epochId, closure } = epoch
      if (closure === null) return [epoch, { id: 'open epochs', name: 'booked, not paid', stage: 'payout' }]
      if (closed.indexOf(epoch) >= SHOWN_EPOCHS)
        return [epoch, { id: 'epochs before', name: 'earlier epochs', stage: 'payout' }]
      const name = manyModels ? `epoch ${epochId} of model ${modelId}` : `epoch ${epochId}`
      return [epoch, { id: `epoch ${modelId}/${epochId}`, name, stage: 'payout' }]
    }),
  )
}

const modelNode = (modelId: string): FlowNode => ({ id: `model ${modelId}`, name: `Model ${modelId}`, stage: 'model' })

/** What each of a contributor's datanets has of an amount, by its samples; what rounding leaves goes to the last one. */
function splitOverDatanets(
  account: string,
  wei: bigint,
  lineage: LineageView | null,
): { readonly name: string; readonly part: bigint }[] {
  const given = (lineage?.datanets ?? [])
    .map(({ name, contributions }) => ({
      name,
      samples: contributions
        .filter(({ contributor }) => contributor.toLowerCase() === account.toLowerCase())
        .reduce((sum, { samples }) => sum + samples, 0),
    }))
    .filter(({ samples }) => samples > 0)
  if (given.length === 0) return [{ name: UNTOLD, part: wei }]
  const all = BigInt(given.reduce((sum, { samples }) => sum + samples, 0))
  let left = wei
  return given.map(({ name, samples }, i) => {
    const part = i === given.length - 1 ? left : (wei * BigInt(samples)) / all
    left -= part
    return { name, part }
  })
}
