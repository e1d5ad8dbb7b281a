import Fastify, { type FastifyInstance } from 'fastify'
import { type Address, type Client, type Hash, type Hex, keccak256, type LocalAccount, toBytes } from 'viem'
import { readPayments } from '../../src/chain/readPayments.ts'
import { signTrace } from '../../src/client/signTrace.ts'
import { submitTrace } from '../../src/client/submitTrace.ts'
import type { Shape } from '../../src/shape.ts'
import { computeLogits, predictLabel } from '../../src/statement/attributeTrace.ts'
import type { Head } from '../../src/statement/model.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'

export type OperatorSettings = {
  readonly chain: Client
  readonly chainId: bigint
  readonly inferenceEscrow: Address
  readonly nodeUrl: string
  /** The model's operator. */
  readonly account: LocalAccount
  readonly modelId: bigint
  readonly shape: Shape
  /** The one that the running epoch pinned; a newer one answers from the next epoch on. */
  readonly head: Head
  /** The frozen extractor: a question to H integers in -127 .. 127, the last one 127. */
  readonly extractFeatures: (question: string) => number[]
  /** What one answer costs. */
  readonly feeWei: bigint
}

/** Nothing is coerced and no field is dropped, as Fastify would by default. */
const STRICT = { ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } } as const
const ORDER = {
  type: 'object',
  required: ['question'],
  additionalProperties: false,
  properties: {
    question: { type: 'string', maxLength: 10_000 },
    payment: { type: 'string', pattern: '^0x[0-9a-f]{64}$' },
  },
} as const

/**
 * An AI operator's whole server: POST / with `question` and `payment`, the hash of the transaction that paid for just this question; without one it
 * answers 402 and what to pay. An answer goes out once the prover node has its trace on disk: from then on everybody gets what is theirs, whatever
 * becomes of this server.
 */
export function createOperatorServer(settings: OperatorSettings): FastifyInstance {
  const { chain, chainId, inferenceEscrow, nodeUrl, account, modelId, shape, head, extractFeatures, feeWei } = settings
  // By request: who asks again gets the same answer, and no second trace comes of it. A real server keeps these.
  const answers = new Map<bigint, Promise<{ label: number; traceId: Hex }>>()

  async function answer(requestId: bigint, question: string) {
    const features = extractFeatures(question)
    const label = predictLabel(computeLogits(head, features))
    const now = Date.now()
    const deadline = BigInt(Math.floor(now / 1000) + 600)
    // The time as nonce: after a restart, a new trace takes the place of one whose answer never went out.
    const inference = { modelId, requestId, features, label, nonce: BigInt(now), deadline }
    const trace = await signTrace(account, { chainId, escrow: inferenceEscrow, shape, ...inference })
    const { traceId } = await submitTrace(nodeUrl, trace, { maxWaits: 3 })
    return { label, traceId }
  }

  const server = Fastify(STRICT)
  server.setErrorHandler(({ statusCode, message }: { statusCode?: number; message: string }, _request, reply) =>
    reply.code(statusCode ?? 503).send({ error: statusCode ? message : 'no answer at the moment' }),
  )
  server.post<{ Body: { question: string; payment?: Hash } }>(
    '/',
    { schema: { body: ORDER } },
    async (order, reply) => {
      const { question, payment } = order.body
      reply.type('application/json')
      const requestHash = keccak256(toBytes(question))
      const payments = payment ? await readPayments(chain, { inferenceEscrow }, { transactionHash: payment }) : []
      const paid = payments.find(
        (it) => it.modelId === modelId && it.requestHash === requestHash && it.feeWei >= feeWei,
      )
      if (!paid) return reply.code(402).send(toJson({ chainId, inferenceEscrow, modelId, requestHash, feeWei }))
      const { requestId } = paid
      if (!answers.has(requestId)) answers.set(requestId, answer(requestId, question))
      answers.get(requestId)!.catch(() => answers.delete(requestId)) // so that it can be asked again
      return reply.send(toJson({ requestId, ...(await answers.get(requestId)) }))
    },
  )
  return server
}
