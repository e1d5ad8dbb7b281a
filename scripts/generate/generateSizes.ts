import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SHAPE_NAMES } from '../../src/shape.ts'
import { CONTRACTS_DIRECTORY } from '../buildContracts.ts'
import { verifierFile } from '../verifierFile.ts'
import type { GeneratedFile } from './GeneratedFile.ts'

/** What a chain deploys at most: EIP-170 and EIP-3860. */
export const MAXIMUM_RUNTIME_BYTES = 24_576
export const MAXIMUM_INIT_BYTES = 49_152

/** Bytes of a contract's code, and of the code that creates it, constructor arguments not counted. */
export type ContractSize = { readonly runtimeBytes: number; readonly initBytes: number }

type Artifact = Readonly<Record<'bytecode' | 'deployedBytecode', { readonly object: string }>>

/** The sizes of every contract that is deployed, as last compiled. */
export async function contractSizes(): Promise<Readonly<Record<string, ContractSize>>> {
  const verifiers = SHAPE_NAMES.map((shape) => basename(verifierFile(shape), '.sol'))
  const names = ['PolicyRegistry', 'VerifierRegistry', 'ModelRegistry', 'EpochLedger', 'InferenceEscrow', ...verifiers]
  const sizes = names.map(async (name) => {
    // Each verifier's file holds a contract of one name.
    const contract = verifiers.includes(name) ? 'Groth16Verifier' : name
    const artifact = await readFile(join(CONTRACTS_DIRECTORY, 'out', `${name}.sol`, `${contract}.json`), 'utf8')
    const { bytecode, deployedBytecode } = JSON.parse(artifact) as Artifact
    const bytes = ({ object }: { object: string }) => (object.length - 2) / 2
    return [name, { runtimeBytes: bytes(deployedBytecode), initBytes: bytes(bytecode) }] as const
  })
  return Object.fromEntries(await Promise.all(sizes))
}

/** The sizes as committed beside the gas snapshots, so that a change of either is seen in review. */
export async function generateSizes(): Promise<GeneratedFile> {
  const content = `${JSON.stringify(await contractSizes(), null, 2)}\n`
  return { path: 'verifier-contracts/snapshots/sizes.json', content }
}
