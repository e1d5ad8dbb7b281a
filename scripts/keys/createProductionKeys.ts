import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { sha256OfFile } from '../../prover/proving/artifacts.ts'
import {
  applyBeacon,
  type Beacon,
  contributeToZkey,
  exportVerificationKey,
  newZkey,
  verifyZkey,
} from '../../prover/proving/snarkjs.ts'
import { PoaError } from '../../src/errors.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'
import { requireSoundVerificationKey } from '../../src/proof/verificationKey.ts'
import { readR1cs } from '../circuits/readR1cs.ts'
import type { KeyProgress } from './createDevKeys.ts'
import { domainPower } from './evaluateQap.ts'
import { readPtauHeader } from './readPtauHeader.ts'

export type Contribution = {
  readonly name: string
  /** Added to the randomness of the operating system, never in its place. Default: 64 random bytes. */
  readonly entropy?: string
}

export type ProductionKeysOptions = {
  readonly r1csPath: string
  /** A public powers-of-tau file, prepared for phase 2. */
  readonly ptauPath: string
  /** Its sha256 as its ceremony published it, in lower-case hexadecimal: whoever made a file of their own can forge whatever phase 2 does. */
  readonly ptauSha256: string
  readonly zkeyPath: string
  /** One honest contributor among them is enough for the key to be secure. */
  readonly contributions: readonly Contribution[]
  readonly beacon: Beacon
  readonly onProgress?: KeyProgress
}

export type ProductionKeys = {
  readonly verificationKey: VerificationKey
  /** Hexadecimal, in order; the last is the beacon's. */
  readonly contributionHashes: readonly string[]
}

/**
 * Phase 2 of the Groth16 set-up by snarkjs (S. Bowe, A. Gabizon, I. Miers, eprint 2017/1050): contributions one after another, then a
 * beacon. The key is checked against circuit and powers of tau, and its soundness on top, since snarkjs' own check accepts a
 * key that nobody contributed to. The file appears only once everything has passed.
 * @throws PoaError KEYS_NO_CONTRIBUTION, KEYS_NO_BEACON, PTAU_HASH_MISMATCH, PTAU_TOO_SMALL, PTAU_NOT_PREPARED, PTAU_..., R1CS_..., SNARKJS_FAILED,
 * KEYS_VERIFICATION_FAILED or VKEY_...; InvalidInputError for a malformed beacon
 */
export async function createProductionKeys(options: ProductionKeysOptions): Promise<ProductionKeys> {
  const { r1csPath, ptauPath, ptauSha256, zkeyPath, contributions, beacon, onProgress = () => {} } = options
  // Callers may come from JavaScript or a command line: the types alone do not guard against this.
  if (!(contributions?.length > 0)) {
    throw new PoaError(
      'KEYS_NO_CONTRIBUTION',
      'A key without a contribution has delta = gamma: anyone can forge proofs',
      {
        hint: 'Pass at least one contribution.',
      },
    )
  }
  if (beacon === undefined) {
    throw new PoaError('KEYS_NO_BEACON', 'Without a beacon the last contributor chooses the key', {
      hint: 'Pass a value that was not known when the last contribution was published, such as a later block hash.',
    })
  }
  onProgress(0, 'reading the powers of tau')
  const found = await sha256OfFile(ptauPath).catch((cause) => {
    throw new PoaError('PTAU_UNREADABLE', `Cannot read ${ptauPath}`, { cause })
  })
  if (found !== ptauSha256) {
    throw new PoaError('PTAU_HASH_MISMATCH', `${ptauPath} has the sha256 ${found}, expected was ${ptauSha256}`, {
      hint: 'Pass the hash that the ceremony published, not the one of the file at hand.',
    })
  }
  const r1cs = await readR1cs(r1csPath)
  const needed = domainPower(r1cs)
  const { power, preparedForPhase2 } = await readPtauHeader(ptauPath)
  if (power < needed) {
    throw new PoaError('PTAU_TOO_SMALL', `${ptauPath} holds circuits of 2^${power} rows; this one needs 2^${needed}`, {
      hint: `Use a powers-of-tau file of power ${needed} or more.`,
    })
  }
  if (!preparedForPhase2) {
    throw new PoaError('PTAU_NOT_PREPARED', `${ptauPath} is not prepared for phase 2`, {
      hint: `Run: npx snarkjs powersoftau prepare phase2 ${ptauPath} prepared.ptau`,
    })
  }

  const steps = contributions.length + 3
  let step = 0
  const announce = (stage: string) => onProgress(step++ / steps, stage)
  const files = Array.from({ length: contributions.length + 2 }, (_, i) => `${zkeyPath}.${i}.partial`)
  const last = files.at(-1)!
  try {
    announce('starting phase 2')
    await newZkey(r1csPath, ptauPath, files[0]!)
    const hashes: Uint8Array[] = []
    for (const [i, { name, entropy }] of contributions.entries()) {
      announce(`contribution of ${name}`)
      hashes.push(await contributeToZkey(files[i]!, files[i + 1]!, name, entropy ?? randomBytes(64).toString('hex')))
    }
    announce('beacon')
    hashes.push(await applyBeacon(files.at(-2)!, last, 'beacon', beacon))
    announce('verifying the key')
    if (!(await verifyZkey(r1csPath, ptauPath, last))) {
      throw new PoaError(
        'KEYS_VERIFICATION_FAILED',
        'The proving key does not follow from the circuit and the powers of tau',
      )
    }
    const verificationKey = await exportVerificationKey(last)
    requireSoundVerificationKey(verificationKey, r1cs.nPubOut + r1cs.nPubIn)
    await rename(last, zkeyPath)
    onProgress(1, 'done')
    return { verificationKey, contributionHashes: hashes.map((hash) => Buffer.from(hash).toString('hex')) }
  } finally {
    await Promise.all(files.map((file) => rm(file, { force: true })))
  }
}
