import type { ContributorView, EpochView, LineageView, ModelView } from '../../../src/api/views.ts'
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
const PARTS = 1_000_000n

/**
 * How money and data hang together: what each datanet's contributors were paid, by which model, in which epoch. A payment is split over the datanets
 * of its contributor by their samples, which is a way of drawing it: what is proved is the contributor's pay. Of open epochs what is booked above
 * zero counts.
 */
export function attributionFlows(
  contributors: readonly ContributorView[],
  models: readonly ModelView[],
  epochs: readonly EpochView[],
): Flows {
  const nodes = new Map<string, FlowNode>()
  const flows = new Map<string, Flow>()
  const add = (from: FlowNode, to: FlowNode, wei: bigint) => {
    if (wei <= 0n) return
    nodes.set(from.id, from)
    nodes.set(to.id, to)
    const key = `${from.id} ${to.id}`
    flows.set(key, { from: from.id, to: to.id, wei: (flows.get(key)?.wei ?? 0n) + wei })
  }
  const lineages = new Map(
    models.map(({ modelId, indexes }) => [
      modelId,
      indexes.findLast(({ lineage }) => lineage !== null)?.lineage ?? null,
    ]),
  )
  for (const [place, { account, models: earned }] of contributors.entries()) {
    const contributor: FlowNode =
      place < SHOWN_CONTRIBUTORS
        ? { id: `contributor ${account}`, name: shortHex(account), stage: 'contributor' }
        : { id: 'contributors beyond', name: 'other contributors', stage: 'contributor' }
    for (const { modelId, paidWei, bookedOpenWei } of earned) {
      const wei = BigInt(paidWei) + positive(BigInt(bookedOpenWei))
      add(contributor, modelNode(modelId), wei)
      for (const { name, part } of datanetsOf(account, lineages.get(modelId) ?? null))
        add({ id: `datanet ${name}`, name, stage: 'datanet' }, contributor, (wei * part) / PARTS)
    }
  }
  for (const [place, epoch] of epochs.entries()) {
    const { modelId, epochId, closure } = epoch
    const wei =
      closure === null
        ? epoch.contributors.reduce((sum, { bookedWei }) => sum + positive(BigInt(bookedWei)), 0n)
        : BigInt(closure.paidWei)
    const payout: FlowNode =
      closure === null
        ? { id: 'open epochs', name: 'booked, not paid', stage: 'payout' }
        : place < SHOWN_EPOCHS
          ? { id: `epoch ${modelId}/${epochId}`, name: `epoch ${epochId}`, stage: 'payout' }
          : { id: 'epochs before', name: 'earlier epochs', stage: 'payout' }
    add(modelNode(modelId), payout, wei)
  }
  return { nodes: [...nodes.values()], flows: [...flows.values()] }
}

const modelNode = (modelId: string): FlowNode => ({ id: `model ${modelId}`, name: `Model ${modelId}`, stage: 'model' })
const positive = (wei: bigint) => (wei > 0n ? wei : 0n)

/** The datanets of a contributor, and what part of its samples, in millionths, each has. */
function datanetsOf(account: string, lineage: LineageView | null): { readonly name: string; readonly part: bigint }[] {
  const samples = (lineage?.datanets ?? []).map(({ name, contributions }) => ({
    name,
    count: contributions
      .filter(({ contributor }) => contributor.toLowerCase() === account.toLowerCase())
      .reduce((sum, { samples }) => sum + samples, 0),
  }))
  const all = samples.reduce((sum, { count }) => sum + count, 0)
  if (all === 0) return [{ name: UNTOLD, part: PARTS }]
  return samples.map(({ name, count }) => ({ name, part: (BigInt(count) * PARTS) / BigInt(all) }))
}
