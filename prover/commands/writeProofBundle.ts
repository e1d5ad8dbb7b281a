import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProvenClaim } from '../../src/chain/settleBatch.ts'
import { settlementClaimToJson } from '../../src/statement/settlementClaim.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'

/** Writes what anyone may see of a proven batch: proof.json and public.json. */
export async function writeProofBundle(
  directory: string,
  { claim, proof }: ProvenClaim,
): Promise<{ proof: string; public: string }> {
  await mkdir(directory, { recursive: true })
  const files = { proof: join(directory, 'proof.json'), public: join(directory, 'public.json') }
  await writeFile(files.proof, `${toJson(proof, 2)}\n`)
  await writeFile(files.public, `${toJson(settlementClaimToJson(claim), 2)}\n`)
  return files
}
