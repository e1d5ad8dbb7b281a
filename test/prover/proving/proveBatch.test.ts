import { describe, expect, test } from 'vitest'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import { proveBatch } from '../../../prover/proving/proveBatch.ts'
import { verifyOwnProof } from '../../../prover/proving/verifyOwnProof.ts'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import { PoaError } from '../../../src/errors.ts'
import { FIELD_ORDER } from '../../../src/field.ts'
import type { Groth16Proof } from '../../../src/proof/Groth16.ts'
import { verifyProof } from '../../../src/proof/verifyProof.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { buildStatement, listPublicSignals, type TraceBatch } from '../../../src/statement/buildStatement.ts'
import { claimOf, derivePublicSignals } from '../../../src/statement/settlementClaim.ts'
import { G1_INFINITY, negateG1, negateG2, pointOutsideG2 } from '../../proof/pointJson.ts'
import { CEREMONY_TRAPDOOR, simulatedArtifacts, simulatedBackend, simulateProof } from './simulatedProver.ts'

const tiny = shapeNamed('tiny')
const artifacts = simulatedArtifacts()
const circuitKeyHash = artifacts.manifest.circuitKeyHash as `0x${string}`

function boundBatch(traces = 2): TraceBatch {
  const batch = randomBatch(tiny, seededRandom(8), { traces })
  return { ...batch, context: { ...batch.context, circuitKeyHash } }
}
const batch = boundBatch()
const statement = buildStatement(batch)
const signals = listPublicSignals(statement.publicSignals)
const honest = () => simulatedBackend(() => signals)
const code = (expected: string) => expect.objectContaining({ name: 'PoaError', code: expected })

describe('proveBatch', () => {
  test('default: the claim, its proof and the private statement', async () => {
    const stages: string[] = []
    const backend = honest()
    const proven = await proveBatch(batch, artifacts, backend, (stage) => stages.push(stage))
    expect(proven.claim).toEqual(claimOf(tiny, batch.context, statement))
    expect(proven.statement).toEqual(statement)
    expect(proven.seconds).toEqual({ witness: 1, prove: 2 })
    expect(stages).toEqual(['witness', 'prove'])
    expect(backend.inputs).toEqual([prepareInput(batch).input])
    const publicSignals = listPublicSignals(derivePublicSignals(proven.claim))
    const { verificationKey } = artifacts
    expect(verifyProof({ verificationKey, publicSignals, proof: proven.proof })).toBe(true)
    expect(verifyProof({ verificationKey, publicSignals: publicSignals.with(3, 1n), proof: proven.proof })).toBe(false)
  })

  test('behavior: production keys prove for any chain', async () => {
    const production = simulatedArtifacts('production')
    const circuitKeyHash = production.manifest.circuitKeyHash as `0x${string}`
    const mainnet = { ...batch, context: { ...batch.context, chainId: 1n, circuitKeyHash } }
    const { publicSignals } = buildStatement(mainnet)
    const backend = simulatedBackend(
      () => listPublicSignals(publicSignals),
      (signals) => simulateProof(signals, CEREMONY_TRAPDOOR),
    )
    expect((await proveBatch(mainnet, production, backend)).claim.context.chainId).toBe(1n)
  })

  test('behavior: the batch is not changed', async () => {
    const copy = structuredClone(batch)
    await proveBatch(batch, artifacts, honest())
    expect(batch).toEqual(copy)
  })

  const refusals: [string, TraceBatch, Artifacts, string][] = [
    [
      'DEV keys on chain 1',
      { ...batch, context: { ...batch.context, chainId: 1n } },
      artifacts,
      'DEV_KEYS_ON_PUBLIC_CHAIN',
    ],
    [
      'DEV keys on a chain whose id only rounds to a local one',
      { ...batch, context: { ...batch.context, chainId: 2n ** 64n + 31337n } },
      artifacts,
      'DEV_KEYS_ON_PUBLIC_CHAIN',
    ],
    [
      'another key hash',
      { ...batch, context: { ...batch.context, circuitKeyHash: `0x${'cd'.repeat(32)}` } },
      artifacts,
      'BATCH_FOR_OTHER_CIRCUIT',
    ],
    [
      'a key hash with the same circuit id',
      {
        ...batch,
        context: { ...batch.context, circuitKeyHash: `${circuitKeyHash.slice(0, 10)}${'0'.repeat(56)}` as '0x' },
      },
      artifacts,
      'BATCH_FOR_OTHER_CIRCUIT',
    ],
    ['keys of another shape', batch, simulatedArtifacts('dev', 'small'), 'BATCH_FOR_OTHER_CIRCUIT'],
  ]
  test.each(refusals)('error: %s; nothing is computed', async (_name, refused, keys, expected) => {
    const backend = honest()
    await expect(proveBatch(refused, keys, backend)).rejects.toThrow(code(expected))
    expect(backend.inputs).toEqual([])
  })

  test('error: a batch that breaks a rule never reaches the backend', async () => {
    const backend = honest()
    const label = (batch.traces[1]!.label + 1) % 3
    const wrong = { ...batch, traces: batch.traces.with(1, { ...batch.traces[1]!, label }) }
    await expect(proveBatch(wrong, artifacts, backend)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      field: 'traces[1].label',
    })
    expect(backend.inputs).toEqual([])
  })

  test('error: what the backend throws comes through', async () => {
    const failing = {
      ...honest(),
      prove: () => Promise.reject(new PoaError('PROOF_FAILED', 'no proof: out of memory')),
    }
    await expect(proveBatch(batch, artifacts, failing)).rejects.toThrow(code('PROOF_FAILED'))
  })

  test('error: a backend that proves another batch well', async () => {
    const other = listPublicSignals(buildStatement(boundBatch(3)).publicSignals)
    await expect(
      proveBatch(
        batch,
        artifacts,
        simulatedBackend(() => other),
      ),
    ).rejects.toThrow(code('PROOF_OF_OTHER_STATEMENT'))
  })
})

describe('verifyOwnProof', () => {
  const seconds = { witness: 0, prove: 0 }
  const verify = (publicSignals: readonly bigint[], proof: Groth16Proof) =>
    verifyOwnProof(statement, { proof, publicSignals, seconds }, artifacts.verificationKey)

  test('default: passes what says the right thing and verifies', () => {
    expect(() => verify(signals, simulateProof(signals))).not.toThrow()
  })

  const names = Object.keys(statement.publicSignals)
  const altered: [string, readonly bigint[]][] = [
    ...names.map((name, i): [string, readonly bigint[]] => [`${name} plus 1`, signals.with(i, signals[i]! + 1n)]),
    ...names.map((name, i): [string, readonly bigint[]] => [
      `${name} plus r`,
      signals.with(i, signals[i]! + FIELD_ORDER),
    ]),
    ['two swapped', signals.with(2, signals[3]!).with(3, signals[2]!)],
    ['one missing', signals.slice(0, 5)],
    ['one extra', [...signals, 0n]],
    ['none', []],
  ]
  test.each(altered)('error: signals altered: %s, though the proof shows them', (_name, publicSignals) => {
    const proof = simulateProof(publicSignals.slice(0, 6))
    expect(() => verify(publicSignals, proof)).toThrow(code('PROOF_OF_OTHER_STATEMENT'))
  })

  const good = simulateProof(signals)
  const invalid: Record<string, Groth16Proof> = {
    'of other signals': simulateProof(signals.with(0, 1n)),
    'A negated': { ...good, pi_a: negateG1(good.pi_a) },
    'B negated': { ...good, pi_b: negateG2(good.pi_b) },
    'A and C swapped': { ...good, pi_a: good.pi_c, pi_c: good.pi_a },
    'C at infinity': { ...good, pi_c: G1_INFINITY },
    'C off the curve': { ...good, pi_c: [good.pi_c[0], good.pi_a[1], '1'] },
    'B outside G2': { ...good, pi_b: pointOutsideG2() },
  }
  test.each(Object.entries(invalid))('error: right signals, proof invalid: %s', (_name, proof) => {
    expect(() => verify(signals, proof)).toThrow(code('OWN_PROOF_INVALID'))
  })

  test('error: a proof under another key', () => {
    const trapdoor = { alpha: 3n, beta: 4n, gamma: 5n, delta: 6n, ic: [5n, 6n, 7n, 8n, 9n, 10n, 12n] }
    expect(() => verify(signals, simulateProof(signals, trapdoor))).toThrow(code('OWN_PROOF_INVALID'))
  })
})

describe('prepareInput', () => {
  test('default: every signal of every slot, as decimal strings, empty slots filled', () => {
    const { input } = prepareInput(batch)
    expect(input.active).toEqual(['1', '1', '0', '0'])
    expect(input.pools).toEqual([...batch.traces.map(({ poolWei }) => `${poolWei}`), '0', '0'])
    expect(input.features).toEqual([
      ...batch.traces.map(({ features }) => features.map(String)),
      ['0', '0', '0', '0', '127'],
      ['0', '0', '0', '0', '127'],
    ])
    expect(input.inputSalts).toEqual([...batch.traces.map(({ inputSalt }) => `${inputSalt}`), '0', '0'])
    expect(input.weights).toEqual(batch.head.map((row) => row.map(String)))
    const leaves = (value: unknown): unknown[] => (Array.isArray(value) ? value.flatMap(leaves) : [value])
    expect(leaves(Object.values(input)).every((leaf) => typeof leaf === 'string' && /^-?\d+$/.test(leaf))).toBe(true)
  })
})
