import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import * as z from 'zod'
import { PoaError } from '../../src/errors.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'
import {
  circuitIdOf,
  hashVerificationKey,
  isCeremonyKey,
  parseVerificationKey,
  requireSoundVerificationKey,
} from '../../src/proof/verificationKey.ts'
import { readCeremony } from './readCeremony.ts'

/** Files of build/<shape>/ that the manifest vouches for. */
export const ARTIFACT_FILES = [
  'circuit.r1cs',
  'circuit.wasm',
  'circuit.sym',
  'proving.zkey',
  'verification-key.json',
] as const
export type ArtifactFile = (typeof ARTIFACT_FILES)[number]
const MANIFEST_FILE = 'manifest.json'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)
const devSetup = z.strictObject({ setup: z.literal('dev'), seed: z.string().min(1), setupVersion: z.int() })
const ceremonySchema = z.strictObject({
  ptauSha256: sha256Hex,
  /** Hash of each contribution, in order; the last is the beacon's. */
  contributionHashes: z.array(z.string().regex(/^[0-9a-f]{128}$/)).min(2),
  beacon: z.strictObject({ hash: z.string().regex(/^[0-9a-f]+$/i), iterationsExponent: z.int().min(10) }),
})
const productionSetup = z.strictObject({ setup: z.literal('production'), ceremony: ceremonySchema })
const descriptionFields = {
  shape: z.string().min(1),
  compiler: z.string().min(1),
  constraints: z.int().positive(),
  wires: z.int().positive(),
  /** How many public signals a proof has. */
  publicCount: z.int().nonnegative(),
  /** sha256 over the circuit's sources and how they were compiled. */
  sourceHash: sha256Hex,
}
const derivedFields = {
  files: z.strictObject(
    Object.fromEntries(ARTIFACT_FILES.map((name) => [name, sha256Hex])) as Record<ArtifactFile, typeof sha256Hex>,
  ),
  circuitKeyHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  circuitId: z.string().regex(/^0x[0-9a-f]{8}$/),
  /** sha256 of everything above: no byte of the manifest can flip unseen. */
  manifestHash: sha256Hex,
}
const descriptionSchema = z.discriminatedUnion('setup', [
  devSetup.extend(descriptionFields),
  productionSetup.extend(descriptionFields),
])
const manifestSchema = z.discriminatedUnion('setup', [
  devSetup.extend(descriptionFields).extend(derivedFields),
  productionSetup.extend(descriptionFields).extend(derivedFields),
])

/** Where keys come from and what circuit they are for. */
export type ArtifactDescription = z.infer<typeof descriptionSchema>
/** The content of manifest.json. */
export type Manifest = z.infer<typeof manifestSchema>

/** What a prover needs for one circuit; every file has been checked against the manifest. */
export type Artifacts = {
  readonly directory: string
  readonly manifest: Manifest
  readonly r1csPath: string
  readonly wasmPath: string
  readonly symPath: string
  readonly zkeyPath: string
  readonly verificationKey: VerificationKey
}

/**
 * Hashes the artifacts of a directory and writes its manifest.
 * @throws PoaError ARTIFACT_MISSING, or VKEY_... for a verification key that must not be used
 */
export async function writeManifest(directory: string, description: ArtifactDescription): Promise<Manifest> {
  const verificationKey = await readVerificationKey(directory)
  requireSoundVerificationKey(verificationKey, description.publicCount)
  const circuitKeyHash = hashVerificationKey(verificationKey)
  const files = await hashFiles(directory)
  const content = { ...description, files, circuitKeyHash, circuitId: circuitIdOf(circuitKeyHash) }
  const manifest: Manifest = { ...content, manifestHash: hashContent(content) }
  const path = join(directory, MANIFEST_FILE)
  await writeFile(`${path}.partial`, `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(`${path}.partial`, path)
  return manifest
}

/**
 * Opens the artifacts of a circuit. Hashes every file, on every start: a byte that was swapped before is refused. What changes afterwards
 * is not seen. The hashes guard against accidents and against those who cannot write the manifest; that a ceremony took place they do
 * not show, only that a production key records the one that the manifest tells of. Creates nothing.
 * @throws PoaError MANIFEST_MISSING, MANIFEST_MALFORMED, MANIFEST_CHANGED, ARTIFACT_MISSING, ARTIFACT_CHANGED, ARTIFACT_KEY_HASH_WRONG,
 * ARTIFACT_SETUP_MISLABELLED, ARTIFACT_CEREMONY_WRONG, ZKEY_MALFORMED or VKEY_...; the hint names the command that mends it
 */
export async function loadArtifacts(directory: string): Promise<Artifacts> {
  const manifest = await readManifest(directory)
  const mend = mendWith(directory, manifest.setup)
  const files = await hashFiles(directory, mend)
  for (const name of ARTIFACT_FILES) {
    if (files[name] !== manifest.files[name]) {
      const found = `sha256 is ${files[name]}, the manifest says ${manifest.files[name]}`
      throw new PoaError('ARTIFACT_CHANGED', `${join(directory, name)} is not the file it was: ${found}`, mend)
    }
  }
  const verificationKey = await readVerificationKey(directory, mend)
  requireSoundVerificationKey(verificationKey, manifest.publicCount)
  const circuitKeyHash = hashVerificationKey(verificationKey)
  if (manifest.circuitKeyHash !== circuitKeyHash || manifest.circuitId !== circuitIdOf(circuitKeyHash)) {
    throw new PoaError(
      'ARTIFACT_KEY_HASH_WRONG',
      `The verification key hashes to ${circuitKeyHash}, not ${manifest.circuitKeyHash}`,
      mend,
    )
  }
  if (isCeremonyKey(verificationKey) !== (manifest.setup === 'production')) {
    throw new PoaError('ARTIFACT_SETUP_MISLABELLED', `The keys are not from a ${manifest.setup} set-up`, mend)
  }
  if (manifest.setup === 'production') await requireCeremony(join(directory, 'proving.zkey'), manifest.ceremony, mend)
  return {
    directory,
    manifest,
    r1csPath: join(directory, 'circuit.r1cs'),
    wasmPath: join(directory, 'circuit.wasm'),
    symPath: join(directory, 'circuit.sym'),
    zkeyPath: join(directory, 'proving.zkey'),
    verificationKey,
  }
}

/** The proving key itself records who contributed, and the beacon: the manifest must tell the same. @throws PoaError ARTIFACT_CEREMONY_WRONG */
async function requireCeremony(
  zkeyPath: string,
  { contributionHashes, beacon }: z.infer<typeof ceremonySchema>,
  mend: { hint: string },
): Promise<void> {
  const recorded = await readCeremony(zkeyPath)
  const refuse = (fault: string): never => {
    throw new PoaError('ARTIFACT_CEREMONY_WRONG', `${zkeyPath} ${fault}`, mend)
  }
  if (recorded.beacon === undefined) refuse('does not end with a beacon: its last contributor chose the key')
  const isSameBeacon =
    recorded.beacon?.hash === beacon.hash.toLowerCase() &&
    recorded.beacon.iterationsExponent === beacon.iterationsExponent
  if (!isSameBeacon) refuse('ends with another beacon than the manifest tells')
  if (recorded.contributionHashes.join() !== contributionHashes.join())
    refuse('records other contributions than the manifest')
}

/** sha256 of a file, in hexadecimal; read as a stream, since proving keys reach gigabytes. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

async function hashFiles(directory: string, mend = mendWith(directory)): Promise<Record<ArtifactFile, string>> {
  const hashes = await Promise.all(
    ARTIFACT_FILES.map(async (name) => [
      name,
      await sha256OfFile(join(directory, name)).catch(refuseMissing(join(directory, name), mend)),
    ]),
  )
  return Object.fromEntries(hashes)
}

async function readVerificationKey(directory: string, mend = mendWith(directory)): Promise<VerificationKey> {
  const name = 'verification-key.json'
  const text = await readFile(join(directory, name), 'utf8').catch(refuseMissing(join(directory, name), mend))
  return parseVerificationKey(JSON.parse(text))
}

/**
 * Reads the manifest of a directory, and nothing else: only `loadArtifacts` says whether the files are as it describes them.
 * @throws PoaError MANIFEST_MISSING, MANIFEST_MALFORMED or MANIFEST_CHANGED
 */
export async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, MANIFEST_FILE)
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new PoaError('MANIFEST_MISSING', `Cannot read ${path}: this circuit has no keys yet`, {
      cause,
      ...mendWith(directory),
    })
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new PoaError('MANIFEST_MALFORMED', `${path} is not JSON`, { cause, ...mendWith(directory) })
  }
  const parsed = manifestSchema.safeParse(json)
  if (!parsed.success) {
    const { error: cause } = parsed
    throw new PoaError('MANIFEST_MALFORMED', `${path}: ${z.prettifyError(cause)}`, { cause, ...mendWith(directory) })
  }
  // Hashed as read, so that its own order of fields counts and nothing is dropped first.
  const { manifestHash, ...content } = json as Manifest
  if (manifestHash !== hashContent(content)) {
    throw new PoaError(
      'MANIFEST_CHANGED',
      `${path} is not what was written: its hash does not match`,
      mendWith(directory),
    )
  }
  return parsed.data
}

function hashContent(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

function refuseMissing(path: string, mend: { hint: string }): (cause: unknown) => never {
  return (cause) => {
    throw new PoaError('ARTIFACT_MISSING', `Cannot read ${path}`, { cause, ...mend })
  }
}

function mendWith(directory: string, setup: Manifest['setup'] = 'dev'): { hint: string } {
  // Production keys cannot be made again: what their ceremony gave has to come back from where it was published.
  if (setup === 'production') return { hint: `Restore ${directory} from the published artifacts of its ceremony.` }
  return { hint: `Run: npm run keys -- dev --shape ${basename(resolve(directory))}` }
}
