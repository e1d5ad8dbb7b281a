import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Hex } from 'viem'
import type { ReferenceRecord } from '../../src/audit/AuditRecord.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { shapeNamed } from '../../src/shape.ts'
import { readManifest } from '../proving/artifacts.ts'

/** What `npm run build` compiles; nothing is there in an installation without contracts. */
const CONTRACTS = fileURLToPath(new URL('../../verifier-contracts/out/', import.meta.url))

/**
 * What the auditor brings along: the code of every verifier that was compiled here, and the keys of the artifacts in a folder.
 * @param artifacts a folder with one folder a circuit; undefined: no keys
 * @throws InvalidInputError when the folder holds no artifacts; PoaError as readManifest
 */
export async function readReferences(artifacts: string | undefined): Promise<readonly ReferenceRecord[]> {
  return [...(await readVerifierCodes()), ...(artifacts === undefined ? [] : await readCircuitKeys(artifacts))]
}

async function readVerifierCodes(): Promise<ReferenceRecord[]> {
  const names = await readdir(CONTRACTS).catch(() => [])
  const codes: ReferenceRecord[] = []
  for (const name of names.filter((name) => name.endsWith('Verifier.sol')).sort()) {
    const text = await readFile(join(CONTRACTS, name, 'Groth16Verifier.json'), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const { deployedBytecode } = JSON.parse(text) as { deployedBytecode: { object: Hex } }
    codes.push({ type: 'reference', kind: 'verifier-code', code: deployedBytecode.object })
  }
  return codes
}

async function readCircuitKeys(directory: string): Promise<ReferenceRecord[]> {
  const refuse = (cause?: unknown) =>
    new InvalidInputError('--artifacts', 'a folder with one folder a circuit, each with a manifest', directory, {
      cause,
    })
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause) => {
    throw refuse(cause)
  })
  const keys: ReferenceRecord[] = []
  for (const { name } of entries.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const files = await readdir(join(directory, name))
    if (!files.includes('manifest.json')) continue
    const manifest = await readManifest(join(directory, name))
    const { traces, contributors } = shapeNamed(manifest.shape)
    const keyHash = manifest.circuitKeyHash as Hex
    keys.push({ type: 'reference', kind: 'circuit-key', name: manifest.shape, traces, contributors, keyHash })
  }
  if (keys.length === 0) throw refuse()
  return keys
}
