import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { getProof } from '../../src/client/getProof.ts'
import { verifyProof } from '../../src/proof/verifyProof.ts'
import { listPublicSignals } from '../../src/statement/buildStatement.ts'
import { derivePublicSignals } from '../../src/statement/settlementClaim.ts'
import { type StubNode, sendJson, sendProblem, startStubNode, TRACE_ID } from './stubNode.ts'

/** A settlement with a real proof, as `npm run generate` writes it. */
const fixture = JSON.parse(
  await readFile(new URL('../../verifier-contracts/test/fixtures/tiny-settlement.json', import.meta.url), 'utf8'),
)
const { claim, proof, publicSignals, verificationKey } = fixture
const context: string = publicSignals.at(-1)

let node: StubNode
afterEach(() => node?.stop())

describe('getProof', () => {
  test('default: claim and proof, of which everyone can see that they belong together', async () => {
    node = await startStubNode((_, response) => sendJson(response, 200, { context, claim, proof }))
    const proven = await getProof(node.url, { traceId: TRACE_ID })
    expect(proven.context).toBe(BigInt(context))
    const signals = listPublicSignals(derivePublicSignals(proven.claim))
    expect(verifyProof({ verificationKey, publicSignals: signals, proof: proven.proof })).toBe(true)
    expect(await getProof(node.url, { batchId: 5n })).toEqual(proven)
    expect(node.requests.map(({ path }) => path)).toEqual([`/v1/traces/${TRACE_ID}/proof`, '/v1/batches/5/proof'])
  })

  test.each([
    ['another context', 'NODE_ANSWER_UNREADABLE', { context: '5', claim, proof }],
    [
      'another batch',
      'NODE_ANSWER_UNREADABLE',
      { context, claim: { ...claim, context: { ...claim.context, batchId: '77' } }, proof },
    ],
    ['a claim with numbers', 'INVALID_INPUT', { context, claim: { ...claim, digest: 5 }, proof }],
    ['a proof without points', 'INVALID_INPUT', { context, claim, proof: { ...proof, pi_a: [] } }],
    ['no proof', 'INVALID_INPUT', { context, claim, proof: null }],
  ])('error: the node sends %s', async (_, code, answer) => {
    node = await startStubNode((_, response) => sendJson(response, 200, answer))
    await expect(getProof(node.url, { traceId: TRACE_ID })).rejects.toMatchObject({ code })
  })

  test('error: there is no proof yet', async () => {
    node = await startStubNode((_, response) => sendProblem(response, 404, 'PROOF_NOT_FOUND'))
    await expect(getProof(node.url, { batchId: 5n })).rejects.toMatchObject({ code: 'PROOF_NOT_FOUND' })
  })
})
