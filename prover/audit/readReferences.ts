import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Hex } from 'viem'
import type { ReferenceRecord } from '../../src/audit/AuditRecord.ts'
import type { ContractName } from '../../src/chain/decodeContractEvent.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { shapeNamed } from '../../src/shape.ts'
import { readManifest } from '../proving/artifacts.ts'

/** What `npm run build` compiles; nothing is there in an installation without contracts. */
const CONTRACTS = fileURLToPath(new URL('../../verifier-contracts/out/', import.meta.url))

type Artifact = {
  readonly deployedBytecode: {
    readonly object: Hex
    /** By number of the variable, absent where there are none. */
    readonly immutableReferences?: Readonly<
      Record<string, readonly { readonly start: number; readonly length: number }[]>
    >
  }
}

/** Solidity's name of each contract, and the contracts that its immutables name, as they are declared: the compiler numbers them in that order. */
const CONTRACT_SOURCES: Readonly<Record<ContractName, readonly [name: string, immutables: readonly ContractName[]]>> = {
  policyRegistry: ['PolicyRegistry', []],
  verifierRegistry: ['VerifierRegistry', []],
  modelRegistry: ['ModelRegistry', ['verifierRegistry']],
  epochLedger: ['EpochLedger', ['inferenceEscrow', 'policyRegistry', 'modelRegistry', 'verifierRegistry']],
  inferenceEscrow: ['InferenceEscrow', ['policyRegistry', 'modelRegistry', 'verifierRegistry', 'epochLedger']],
}

/**
 * What the auditor brings along: the code of the contracts and of every verifier that was compiled here, and the keys of the artifacts in a folder.
 * @param artifacts a folder with one folder a circuit; undefined: no keys
 * @throws InvalidInputError when the folder holds no artifacts; PoaError as readManifest
 */
export async function readReferences(artifacts: string | undefined): Promise<readonly ReferenceRecord[]> {
  const codes = [...(await readContractCodes()), ...(await readVerifierCodes())]
  return [...codes, ...(artifacts === undefined ? [] : await readCircuitKeys(artifacts))]
}

async function readContractCodes(): Promise<ReferenceRecord[]> {
  const codes: ReferenceRecord[] = []
  for (const [contract, [name, immutables]] of Object.entries(CONTRACT_SOURCES)) {
    const artifact = await readArtifact(join(`${name}.sol`, `${name}.json`))
    if (artifact === undefined) continue
    const { object: code, immutableReferences = {} } = artifact.deployedBytecode
    const places = Object.entries(immutableReferences)
      .sort(([a], [b]) => Number(a) - Number(b))
      .flatMap(([, uses], i) => uses.map(({ start }) => ({ contract: immutables[i]!, at: start })))
    codes.push({
      type: 'reference',
      kind: 'contract-code',
      contract: contract as ContractName,
      code,
      immutables: places,
    })
  }
  return codes
}

async function readArtifact(path: string): Promise<Artifact | undefined> {
  const text = await readFile(join(CONTRACTS, path), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Artifact)
}

async function readVerifierCodes(): Promise<ReferenceRecord[]> {
  const names = await readdir(CONTRACTS).catch(() => [])
  const codes: ReferenceRecord[] = []
  for (const name of names.filter((name) => name.endsWith('Verifier.sol')).sort()) {
    const artifact = await readArtifact(join(name, 'Groth16Verifier.json'))
    if (artifact === undefined) continue
    codes.push({ type: 'reference', kind: 'verifier-code', code: artifact.deployedBytecode.object })
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
