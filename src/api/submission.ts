import { z } from 'zod'
import { address, fieldElement, identifier, parseStrictly, shape } from '../statement/traceBatchSchema.ts'
import type { TraceSignatureMessage } from './typedData.ts'

/** Traces in one request. */
export const MAX_TRACES_PER_REQUEST = 64
/** Bytes of a signature: 65 for a key, more for a contract that checks it by EIP-1271. */
export const MAX_SIGNATURE_BYTES = 4096

export const signature = z
  .string('a string: a signature in hexadecimal')
  .regex(/^0x([0-9a-fA-F]{2})+$/, 'a signature in hexadecimal')
  .max(2 + 2 * MAX_SIGNATURE_BYTES, `at most ${MAX_SIGNATURE_BYTES} bytes`)
  .transform((text) => text as `0x${string}`)

const smallInteger = z.int('an integer')

/** One inference, as its operator hands it to a prover node: what it committed to, what opens the commitments, and its signature. */
export const traceSubmission = z.strictObject({
  chainId: identifier,
  /** The InferenceEscrow that holds the payment. */
  escrow: address,
  modelId: identifier,
  requestId: identifier,
  inputCommitment: fieldElement,
  outputCommitment: fieldElement,
  /** H integers in -127 .. 127, the last one 127. Private. */
  features: z.array(smallInteger).max(4096, 'at most 4096 features'),
  label: smallInteger,
  /** Private. */
  inputSalt: fieldElement,
  outputSalt: fieldElement,
  /** A higher nonce replaces an earlier trace of the same request, as long as it is not sealed. */
  nonce: identifier,
  /** Unix seconds until which the node may accept it. */
  deadline: identifier,
  /** Of the model's operator, over everything above but the private values. */
  signature,
})
export type TraceSubmission = z.output<typeof traceSubmission>

const traceList = z.strictObject({
  traces: z
    .array(traceSubmission)
    .min(1, 'at least one trace')
    .max(MAX_TRACES_PER_REQUEST, `at most ${MAX_TRACES_PER_REQUEST} traces`),
})

/** One trace, or several. */
export const traceSubmissions = z.union([traceSubmission, traceList])
export type TraceSubmissions = z.output<typeof traceSubmissions>

/**
 * Reads what is POSTed to /v1/traces. Which of the two forms is meant decides before anything is checked, so that a fault is named in its own form.
 * @throws InvalidInputError for the first value that does not fit
 */
export function parseTraceSubmissions(json: unknown): TraceSubmissions {
  const isList = typeof json === 'object' && json !== null && Object.hasOwn(json, 'traces')
  return parseStrictly(isList ? traceList : traceSubmission, json, 'body')
}

/** The part of a submission that is signed. */
export function signedPart({
  modelId,
  requestId,
  inputCommitment,
  outputCommitment,
  nonce,
  deadline,
}: TraceSubmission): TraceSignatureMessage {
  return { modelId, requestId, inputCommitment, outputCommitment, nonce, deadline }
}

export const traceActionRequest = z.strictObject({ deadline: identifier, signature })
export type TraceActionRequest = z.output<typeof traceActionRequest>

const LARGEST_DATANETS = 64
const LARGEST_CONTRIBUTIONS = 1000
const positiveInteger = z.int('a positive integer').positive('a positive integer')

/** What a model was trained on: versions of datanets, and what each contributor brought to them. */
export const lineage = z.strictObject({
  datanets: z
    .array(
      z.strictObject({
        name: z
          .string('a name')
          .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens, at most 63'),
        version: positiveInteger,
        contributions: z.array(
          z.strictObject({
            contributor: address,
            samples: positiveInteger,
            /** Of the samples as they are stored. */
            sha256: z.string('a hash').regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits'),
          }),
        ),
      }),
    )
    .min(1, 'at least one datanet')
    .max(LARGEST_DATANETS, `at most ${LARGEST_DATANETS} datanets`)
    .refine(
      (datanets) => datanets.reduce((sum, { contributions }) => sum + contributions.length, 0) <= LARGEST_CONTRIBUTIONS,
      `at most ${LARGEST_CONTRIBUTIONS} contributions`,
    ),
})
export type Lineage = z.output<typeof lineage>

/** Head and index of one model version. Whoever has them may hand them in: their commitments must be those registered on chain. */
export const modelSubmission = z.strictObject({
  modelId: identifier,
  indexVersion: identifier,
  shape,
  head: z.array(z.array(smallInteger)),
  index: z.strictObject({ vectors: z.array(z.array(z.array(smallInteger))), scales: z.array(smallInteger) }),
  /** Shown, never proved. The first that is told stays. */
  lineage: lineage.optional(),
})
export type ModelSubmission = z.output<typeof modelSubmission>
