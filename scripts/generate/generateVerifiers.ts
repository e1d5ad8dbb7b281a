import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadArtifacts } from '../../prover/proving/artifacts.ts'
import { exportSolidityVerifier } from '../../prover/proving/snarkjs.ts'
import { SHAPE_NAMES, type ShapeName } from '../../src/shape.ts'
import { REPOSITORY_ROOT, shapeDirectory } from '../circuits/compileCircuit.ts'
import { DEV_SETUP_VERSION } from '../keys/createDevKeys.ts'
import { verifierFile } from '../verifierFile.ts'
import type { GeneratedFile } from './GeneratedFile.ts'

const VERIFIERS_DIRECTORY = 'verifier-contracts/src/generated'
const ORIGINS_PATH = `${VERIFIERS_DIRECTORY}/verifiers.json`

/** What a committed verifier was generated from. While all of it is as today, generating it again would give the same bytes. */
export type VerifierOrigin = {
  /** sha256 of the contract. */
  readonly sha256: string
  /** Of the circuit that its keys were made for. */
  readonly sourceHash: string
  /** DEV keys are deterministic in the circuit, the seed and this. */
  readonly setupVersion: number
}

type VerifierOrigins = { readonly verifiers: Partial<Record<ShapeName, VerifierOrigin>> }

export const verifierPath = (name: ShapeName) => `${VERIFIERS_DIRECTORY}/${verifierFile(name)}`

/**
 * One verifier contract for each named shape, from its DEV keys. They are deterministic, so the contracts are. A shape that is not named keeps
 * the contract that is committed, and what verifiers.json says of it.
 */
export async function generateVerifiers(names: readonly ShapeName[]): Promise<GeneratedFile[]> {
  const committed = (await readVerifierOrigins()).verifiers
  const files: GeneratedFile[] = []
  const verifiers: Partial<Record<ShapeName, VerifierOrigin>> = {}
  for (const name of SHAPE_NAMES) {
    if (!names.includes(name)) {
      if (committed[name] !== undefined) verifiers[name] = committed[name]
      continue
    }
    const { zkeyPath, verificationKey, manifest } = await loadArtifacts(shapeDirectory(name))
    const content = await exportSolidityVerifier(zkeyPath, verificationKey)
    const sha256 = createHash('sha256').update(content).digest('hex')
    verifiers[name] = { sha256, sourceHash: manifest.sourceHash, setupVersion: DEV_SETUP_VERSION }
    files.push({ path: verifierPath(name), content })
  }
  const origins = { generatedBy: 'npm run generate', verifiers }
  return [...files, { path: ORIGINS_PATH, content: `${JSON.stringify(origins, null, 2)}\n` }]
}

/** Where the committed verifiers come from. */
export async function readVerifierOrigins(): Promise<VerifierOrigins> {
  const text = await readFile(join(REPOSITORY_ROOT, ORIGINS_PATH), 'utf8').catch(() => '{"verifiers":{}}')
  return JSON.parse(text) as VerifierOrigins
}
