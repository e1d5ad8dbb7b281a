import { createWalletClient, custom, isHex, recoverTypedDataAddress, size } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { parseTraceSubmissions, signedPart } from '../../src/api/submission.ts'
import { actionTypedData, traceIdOf, traceTypedData } from '../../src/api/typedData.ts'
import { signTrace, signTraceAction } from '../../src/client/signTrace.ts'
import { commitInput, commitOutput } from '../../src/statement/commitments.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import { inferenceOn, operator, tiny } from './inferenceOn.ts'
import { TRACE_ID } from './stubNode.ts'

const inference = inferenceOn(5n)

describe('signTrace', () => {
  test('default: commitments that salts, features and label open, signed by the operator', async () => {
    const submission = await signTrace(operator, inference)
    const { shape: _, ...given } = inference
    expect(submission).toMatchObject({ ...given, nonce: 0n })
    const { features, label, inputSalt, outputSalt, signature } = submission
    expect(submission.inputCommitment).toBe(commitInput(features, inputSalt, tiny))
    expect(submission.outputCommitment).toBe(commitOutput(label, outputSalt, tiny))
    const signed = traceTypedData(submission, signedPart(submission))
    expect(await recoverTypedDataAddress({ ...signed, signature })).toBe(operator.address)
    expect(isHex(signature) && size(signature)).toBe(65)
  })

  test('behavior: its JSON is what a node reads', async () => {
    const submission = await signTrace(operator, inference)
    expect(parseTraceSubmissions(JSON.parse(toJson(submission)))).toEqual(submission)
  })

  test('behavior: fresh salts of 248 bits for each, so another trace', async () => {
    const traces = await Promise.all(Array.from({ length: 16 }, () => signTrace(operator, inference)))
    const salts = traces.flatMap(({ inputSalt, outputSalt }) => [inputSalt, outputSalt])
    expect(new Set(salts).size).toBe(32)
    // Drawn apart: whoever opens one of them knows nothing of the other.
    for (const between of [(a: bigint, b: bigint) => a ^ b, (a: bigint, b: bigint) => a - b])
      expect(new Set(traces.map(({ inputSalt, outputSalt }) => between(inputSalt, outputSalt))).size).toBe(16)
    expect(salts.every((salt) => salt >= 0n && salt < 1n << 248n)).toBe(true)
    // The highest byte is drawn too: 32 zeros would be a miracle.
    expect(salts.some((salt) => salt >> 240n !== 0n)).toBe(true)
    expect(new Set(traces.map((trace) => traceIdOf(trace, signedPart(trace)))).size).toBe(16)
  })

  test('behavior: a wallet signs as an account does', async () => {
    const transport = custom({ request: () => Promise.reject(new Error('signing needs no chain')) })
    const wallet = createWalletClient({ account: operator, transport })
    const submission = await signTrace(wallet, { ...inference, nonce: 9n })
    const signed = traceTypedData(submission, signedPart(submission))
    expect(submission.nonce).toBe(9n)
    expect(await recoverTypedDataAddress({ ...signed, signature: submission.signature })).toBe(operator.address)
  })

  test.each([
    ['features.length', { features: inference.features.slice(1) }],
    [`features[${tiny.features - 1}]`, { features: [...inference.features.slice(0, -1), 126] }],
    ['features[0]', { features: [128, ...inference.features.slice(1)] }],
    ['label[0]', { label: tiny.classes }],
  ])('error: %s out of its bound', async (field, change) => {
    await expect(signTrace(operator, { ...inference, ...change })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      field,
    })
  })
})

describe('signTraceAction', () => {
  test.each(['cancel', 'retry'] as const)('default: %s, signed by the operator for one trace', async (action) => {
    const { chainId, escrow } = inference
    const stranger = privateKeyToAccount(generatePrivateKey())
    for (const signer of [operator, stranger]) {
      const request = await signTraceAction(signer, action, { chainId, escrow, traceId: TRACE_ID, deadline: 99n })
      expect(request.deadline).toBe(99n)
      const signed = actionTypedData({ chainId, escrow }, { traceId: TRACE_ID, action, deadline: 99n })
      expect(await recoverTypedDataAddress({ ...signed, signature: request.signature })).toBe(signer.address)
    }
  })
})
