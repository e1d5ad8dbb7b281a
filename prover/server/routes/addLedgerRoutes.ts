import { getAddress } from 'viem'
import { readContract } from 'viem/actions'
import { circuitView, earningsView, epochView, pageOf } from '../../../src/api/views.ts'
import { epochLedgerAbi } from '../../../src/chain/abi.ts'
import { describeChainFailure } from '../../intake/describeChainFailure.ts'
import { RefusalError } from '../../intake/RefusalError.ts'
import { type ApiContext, type ApiInstance, problemResponses } from '../ApiContext.ts'
import { readCircuits } from '../views/readCircuits.ts'
import { readEarnings } from '../views/readEarnings.ts'
import { readEpoch } from '../views/readEpoch.ts'
import { accountParams, epochParams, noQuery } from './schemas.ts'

/** What the chain's books say: epochs, earnings, circuits. */
export function addLedgerRoutes(app: ApiInstance, { db: { kysely }, chain, circuits }: ApiContext): void {
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
    async ({ params: { model, epoch } }) => {
      const view = await readEpoch(kysely, model, epoch)
      if (view === undefined)
        throw new RefusalError(
          'EPOCH_UNKNOWN',
          `model ${model} has no epoch ${epoch}, as far as this node has read the chain`,
        )
      return view
    },
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
        throw describeChainFailure(cause) ?? cause
      })
      return readEarnings(kysely, account, claimableWei)
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
