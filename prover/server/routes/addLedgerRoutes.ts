import { getAddress, type Hex } from 'viem'
import { readContract } from 'viem/actions'
import {
  circuitKeyView,
  circuitView,
  contractsView,
  contributorEpochView,
  contributorView,
  earningsView,
  epochView,
  overviewView,
  pageOf,
  proverView,
} from '../../../src/api/views.ts'
import { epochLedgerAbi } from '../../../src/chain/abi.ts'
import { describeChainFailure } from '../../intake/describeChainFailure.ts'
import { RefusalError } from '../../intake/RefusalError.ts'
import { RetryLaterError } from '../../intake/RetryLaterError.ts'
import { type ApiContext, type ApiInstance, problemResponses } from '../ApiContext.ts'
import { PerBlock } from '../PerBlock.ts'
import { readCircuits } from '../views/readCircuits.ts'
import { readContributorEpoch } from '../views/readContributorEpoch.ts'
import { readContributors } from '../views/readContributors.ts'
import { readEarnings } from '../views/readEarnings.ts'
import { type EpochId, hasEpoch, readEpoch, readEpochs } from '../views/readEpochs.ts'
import { readChainFigures, readOverview } from '../views/readOverview.ts'
import { readPolicies } from '../views/readPolicies.ts'
import { readProvers } from '../views/readProvers.ts'
import {
  accountParams,
  circuitParams,
  contributorEpochParams,
  epochParams,
  epochQuery,
  noQuery,
  pageQuery,
  rankQuery,
} from './schemas.ts'

/** Seconds after which the ledger may answer again. */
const LEDGER_RETRY_SECONDS = 5

/** What the chain's books say: totals, epochs, earnings, provers, circuits. */
export function addLedgerRoutes(app: ApiInstance, { db: { kysely }, chain, circuits, disclosures }: ApiContext): void {
  const figures = new PerBlock(kysely, readChainFigures)
  const contributors = new PerBlock(kysely, readContributors)
  const provers = new PerBlock(kysely, readProvers)
  const epochUnknown = ({ modelId, epochId }: EpochId) =>
    new RefusalError(
      'EPOCH_UNKNOWN',
      `model ${modelId} has no epoch ${epochId}, as far as this node has read the chain`,
    )

  app.get(
    '/v1/overview',
    {
      schema: {
        summary: 'Totals, counts, what waits, and the course over time',
        querystring: noQuery,
        response: { 200: overviewView, ...problemResponses },
      },
    },
    async () => readOverview(kysely, await figures.read()),
  )

  app.get(
    '/v1/epochs',
    {
      schema: {
        summary: 'Epochs, the newest first',
        querystring: epochQuery,
        response: { 200: pageOf(epochView), ...problemResponses },
      },
    },
    async ({ query }) => {
      // After a reorganisation: an empty page would say that there are no more.
      if (query.after !== undefined && !(await hasEpoch(kysely, query.after))) throw epochUnknown(query.after)
      return readEpochs(kysely, query)
    },
  )

  app.get(
    '/v1/epochs/:model/:epoch',
    {
      schema: {
        summary: 'One epoch of a model',
        params: epochParams,
        querystring: noQuery,
        response: { 200: epochView, ...problemResponses },
      },
    },
    async ({ params: { model: modelId, epoch: epochId } }) => {
      const view = await readEpoch(kysely, { modelId, epochId })
      if (view === undefined) throw epochUnknown({ modelId, epochId })
      return view
    },
  )

  app.get(
    '/v1/contributors',
    {
      schema: {
        summary: 'Contributors, by what they have been paid',
        querystring: rankQuery,
        response: { 200: pageOf(contributorView), ...problemResponses },
      },
    },
    async ({ query }) => takePage(await contributors.read(), query),
  )

  app.get(
    '/v1/contributors/:address/earnings',
    {
      schema: {
        summary: "A contributor's earnings",
        params: accountParams,
        querystring: noQuery,
        response: { 200: earningsView, ...problemResponses },
      },
    },
    async ({ params }) => {
      const account = getAddress(params.address)
      const claimableWei = await readContract(chain.client, {
        address: chain.deployment.epochLedger,
        abi: epochLedgerAbi,
        functionName: 'claimableOf',
        args: [account],
      }).catch((cause) => {
        // The ledger's own books never revert: whatever answers so is not it, or not of this block.
        const unreadable = () =>
          new RetryLaterError('LEDGER_UNREADABLE', 'the ledger does not answer', LEDGER_RETRY_SECONDS, { cause })
        throw describeChainFailure(cause) ?? unreadable()
      })
      const ranked = (await contributors.read()).find((one) => one.account === account)
      return readEarnings(kysely, account, ranked, claimableWei)
    },
  )

  app.get(
    '/v1/contributors/:address/epochs/:model/:epoch',
    {
      schema: {
        summary: 'Why an account got what it got of one epoch',
        params: contributorEpochParams,
        querystring: pageQuery,
        response: { 200: contributorEpochView, ...problemResponses },
      },
    },
    async ({ params: { model: modelId, epoch: epochId, ...params }, query }) => {
      const account = getAddress(params.address)
      const view = await readContributorEpoch(kysely, disclosures, { account, modelId, epochId, ...query })
      if (view !== undefined) return view
      if (!(await hasEpoch(kysely, { modelId, epochId }))) throw epochUnknown({ modelId, epochId })
      throw new RefusalError(
        'CONTRIBUTOR_UNKNOWN',
        `${account} is not in the index that epoch ${epochId} of model ${modelId} pins`,
      )
    },
  )

  app.get(
    '/v1/provers',
    {
      schema: {
        summary: 'Whom batches were settled for, by their number',
        querystring: rankQuery,
        response: { 200: pageOf(proverView), ...problemResponses },
      },
    },
    async ({ query }) => takePage(await provers.read(), query),
  )

  app.get(
    '/v1/contracts',
    {
      schema: {
        summary: 'Addresses, policies and circuits of the deployment',
        querystring: noQuery,
        response: { 200: contractsView, ...problemResponses },
      },
    },
    async () => {
      const { inferenceEscrow: escrow, ...registries } = chain.deployment
      return {
        chainId: `${chain.chainId}`,
        ...registries,
        escrow,
        policies: await readPolicies(kysely),
        circuits: await readCircuits(kysely, circuits),
      }
    },
  )

  app.get(
    '/v1/circuits/:id/key',
    {
      schema: {
        summary: 'The verification key of a registered circuit',
        description: 'For whoever verifies proofs. Its hash is the one that the chain has: check it.',
        params: circuitParams,
        querystring: noQuery,
        response: { 200: circuitKeyView, ...problemResponses },
      },
    },
    async ({ params: { id } }) => {
      const registered = (await readCircuits(kysely, circuits)).find(({ circuitId }) => circuitId === id)
      const artifacts = registered && circuits.get(registered.keyHash as Hex)?.artifacts
      if (registered === undefined || artifacts === undefined)
        throw new RefusalError('CIRCUIT_UNKNOWN', `this node has no key of a registered circuit ${id}`)
      const { verificationKey, manifest } = artifacts
      return { circuitId: id, keyHash: registered.keyHash, setup: manifest.setup, verificationKey }
    },
  )

  app.get(
    '/v1/circuits',
    {
      schema: {
        summary: 'Registered circuits, and whether this node has their keys',
        querystring: noQuery,
        response: { 200: pageOf(circuitView), ...problemResponses },
      },
    },
    async () => ({ items: await readCircuits(kysely, circuits), next: null }),
  )
}

/** @param after how many come before the page */
function takePage<Item>(all: readonly Item[], { after = 0, limit }: { after?: number | undefined; limit: number }) {
  const end = after + limit
  return { items: all.slice(after, end), next: end < all.length ? `${end}` : null }
}
