import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Address } from 'viem'
import { problem } from '../../src/api/views.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import type { Intake } from '../intake/acceptTraces.ts'
import type { TraceActions } from '../intake/openTraceActions.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { Circuits } from '../worker/openCircuits.ts'
import type { Disclosures } from './Disclosures.ts'
import type { EventStreams } from './EventStreams.ts'
import type { ProofVerifier } from './openProofVerifier.ts'
import type { Readiness } from './Readiness.ts'

export type ApiInstance = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** What the routes answer from. */
export type ApiContext = {
  readonly db: Pick<NodeDatabase, 'kysely'>
  readonly chain: Pick<NodeChain, 'client' | 'chainId' | 'deployment'>
  readonly circuits: Pick<Circuits, 'get' | 'list'>
  readonly disclosures: Pick<Disclosures, 'has' | 'read'>
  readonly account: Address | undefined
  readonly intake: Intake
  readonly actOnTrace: TraceActions
  readonly streams: EventStreams
  readonly verifier: ProofVerifier
  readonly readiness: Readiness
  readonly isDraining: () => boolean
}

/** For the description of the API: whatever is not done is a problem. */
export const problemResponses = { '4xx': problem, '5xx': problem }
