import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Artifacts, loadArtifacts } from '../../prover/proving/artifacts.ts'
import { openChildProcessBackend } from '../../prover/proving/childProcessBackend.ts'
import { proveBatch } from '../../prover/proving/proveBatch.ts'
import { toEvmProof } from '../../src/proof/evmProof.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'
import { parseProof, verifyProof } from '../../src/proof/verifyProof.ts'
import {
  buildStatement,
  listPublicSignals,
  type Statement,
  type TraceBatch,
} from '../../src/statement/buildStatement.ts'
import { claimOf, settlementClaimToJson } from '../../src/statement/settlementClaim.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import { REPOSITORY_ROOT, shapeDirectory } from '../circuits/compileCircuit.ts'
import { fixtureBatches } from './fixtureBatch.ts'
import type { GeneratedFile } from './GeneratedFile.ts'

/** Shapes of which a settlement is committed: forge settles them under their generated verifiers. */
export const FIXTURE_SHAPES = ['tiny', 'standard'] as const
export type FixtureShape = (typeof FIXTURE_SHAPES)[number]

/** Relative to the repository. */
export const fixturePath = (shapeName: FixtureShape) => `verifier-contracts/test/fixtures/${shapeName}-settlement.json`

/** A settlement with a real proof. A proof is random, so it is kept for as long as it proves what the fixture must say. */
export async function generateFixture(shapeName: FixtureShape): Promise<GeneratedFile> {
  const artifacts = await loadArtifacts(shapeDirectory(shapeName))
  const { batch, feesWei } = fixtureBatches[shapeName](artifacts.manifest.circuitKeyHash as `0x${string}`)
  const statement = buildStatement(batch)
  const claim = claimOf(batch.shape, batch.context, statement)
  const proof =
    (await findFixtureProof(shapeName, statement, artifacts.verificationKey)) ?? (await proveFixture(batch, artifacts))
  const content = {
    generatedBy: 'npm run generate',
    feesWei,
    claim: settlementClaimToJson(claim),
    encodedEarnings: statement.x.slice(-batch.shape.contributors),
    publicSignals: listPublicSignals(statement.publicSignals),
    verificationKey: artifacts.verificationKey,
    proof,
    evmProof: toEvmProof(proof),
  }
  return { path: fixturePath(shapeName), content: `${toJson(content, 2)}\n` }
}

async function findFixtureProof(shapeName: FixtureShape, statement: Statement, verificationKey: VerificationKey) {
  const text = await readFile(join(REPOSITORY_ROOT, fixturePath(shapeName)), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const proof = parseProof((JSON.parse(text) as { proof: unknown }).proof)
  return verifyProof({ verificationKey, publicSignals: listPublicSignals(statement.publicSignals), proof })
    ? proof
    : undefined
}

async function proveFixture(batch: TraceBatch, artifacts: Artifacts) {
  const backend = openChildProcessBackend(artifacts)
  try {
    return (await proveBatch(batch, artifacts, backend)).proof
  } finally {
    await backend.close()
  }
}
