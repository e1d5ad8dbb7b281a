import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Artifacts, loadArtifacts, readManifest, writeManifest } from '../../prover/proving/artifacts.ts'
import { exportVerificationKey } from '../../prover/proving/snarkjs.ts'
import { PoaError } from '../../src/errors.ts'
import { type CompiledCircuit, compileShape, shapeDirectory } from '../circuits/compileCircuit.ts'
import { readR1cs } from '../circuits/readR1cs.ts'
import {
  createDevKeys,
  DEV_SEED,
  DEV_SETUP_VERSION,
  type DevKeysOptions,
  requireDevKeysOptions,
} from './createDevKeys.ts'
import type { KeyEngine } from './GeneratorMultiplier.ts'

export type EnsureOptions = Pick<DevKeysOptions, 'seed' | 'threads' | 'onProgress'> & {
  /** Make the keys again even if they are there. */
  readonly force?: boolean
}

/** The artifacts of a circuit, whether they were there already, and what made them if they were not. */
export type EnsuredArtifacts = { readonly artifacts: Artifacts } & (
  | { readonly cached: true }
  | { readonly cached: false; readonly engine: KeyEngine }
)

/**
 * Compiles a registered shape and gives it DEV keys, each only where needed.
 * @throws InvalidInputError when the registry has no such shape; PoaError of the compiler and of createDevKeys
 */
export async function ensureDevKeysOfShape(shapeName: string, options: EnsureOptions = {}): Promise<EnsuredArtifacts> {
  options.onProgress?.(0, 'compiling the circuit')
  return ensureDevKeys(shapeDirectory(shapeName), shapeName, await compileShape(shapeName), options)
}

/**
 * Gives a compiled circuit DEV keys and a manifest. Does nothing when the directory holds unchanged keys of the same circuit,
 * seed and version of the set-up. snarkjs' threads are left running: call `terminate` of prover/proving/snarkjs.ts at the end.
 * @throws PoaError KEYS_PRODUCTION_PRESENT, and those of createDevKeys
 */
export async function ensureDevKeys(
  directory: string,
  shape: string,
  compiled: Pick<CompiledCircuit, 'compiler' | 'sourceHash'>,
  { seed = DEV_SEED, force = false, ...options }: EnsureOptions = {},
): Promise<EnsuredArtifacts> {
  requireDevKeysOptions({ seed, ...options })
  if (!force) {
    const artifacts = await findCached(directory, seed, compiled.sourceHash)
    if (artifacts !== undefined) return { artifacts, cached: true }
  }
  // Without a manifest nothing loads half-made keys.
  await rm(join(directory, 'manifest.json'), { force: true })
  const r1csPath = join(directory, 'circuit.r1cs')
  const zkeyPath = join(directory, 'proving.zkey')
  const { engine } = await createDevKeys({ r1csPath, zkeyPath, seed, ...options })
  const verificationKey = await exportVerificationKey(zkeyPath)
  await writeFile(join(directory, 'verification-key.json'), `${JSON.stringify(verificationKey, null, 2)}\n`)
  const { nConstraints, nWires } = await readR1cs(r1csPath)
  await writeManifest(directory, {
    setup: 'dev',
    seed,
    setupVersion: DEV_SETUP_VERSION,
    shape,
    compiler: compiled.compiler,
    sourceHash: compiled.sourceHash,
    constraints: nConstraints,
    wires: nWires,
    publicCount: verificationKey.nPublic,
  })
  return { artifacts: await loadArtifacts(directory), cached: false, engine }
}

/**
 * Loading hashes the circuit and every key: what it accepts need not be made again.
 * @throws PoaError KEYS_PRODUCTION_PRESENT, even when those keys are damaged: they cannot be made again
 */
async function findCached(directory: string, seed: string, sourceHash: string): Promise<Artifacts | undefined> {
  try {
    const manifest = await readManifest(directory)
    if (manifest.setup === 'production') {
      throw new PoaError(
        'KEYS_PRODUCTION_PRESENT',
        `${directory} holds production keys, which DEV keys would overwrite`,
        {
          hint: 'Move them away first, or pass --force.',
        },
      )
    }
    const same = manifest.seed === seed && manifest.setupVersion === DEV_SETUP_VERSION
    return same && manifest.sourceHash === sourceHash ? await loadArtifacts(directory) : undefined
  } catch (cause) {
    if (cause instanceof PoaError && cause.code !== 'KEYS_PRODUCTION_PRESENT') return undefined
    throw cause
  }
}
