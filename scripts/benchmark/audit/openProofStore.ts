import { createReadStream } from 'node:fs'
import { appendFile, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Groth16Proof } from '../../../src/proof/Groth16.ts'
import type { PublicSignals } from '../../../src/statement/buildStatement.ts'

/** Proofs that were made once, by what they show: the chain is the same on every run, so they fit again. */
export type ProofStore = {
  /** Those that were there, and those that had to be made. */
  readonly counts: { readonly found: number; readonly made: number }
  /** Proofs in the file when it was opened. */
  readonly size: number
  /** Gives the proof of a statement, made by `prove` if need be and kept. */
  getOrMake(signals: PublicSignals, prove: () => Promise<Groth16Proof>): Promise<Groth16Proof>
}

/** Opens a file of proofs, a line each; a run that was broken off goes on where it was. Nothing is verified here: the chain does that. */
export async function openProofStore(path: string): Promise<ProofStore> {
  await mkdir(dirname(path), { recursive: true })
  await (await open(path, 'a')).close()
  const proofs = new Map<string, Groth16Proof>()
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const entry = readEntry(line)
    if (entry !== undefined) proofs.set(entry.digest, entry.proof)
  }
  const counts = { found: 0, made: 0 }
  return {
    counts,
    size: proofs.size,
    async getOrMake({ digest }, prove) {
      // The digest commits to the whole transcript, the context included.
      const known = proofs.get(String(digest))
      if (known !== undefined) {
        counts.found += 1
        return known
      }
      const proof = await prove()
      counts.made += 1
      // The break comes first, so that half a line before it spoils nothing.
      await appendFile(path, `\n${JSON.stringify({ digest: String(digest), proof })}`)
      return proof
    },
  }
}

/** Where a run was broken off there may be half a line. */
function readEntry(line: string): { digest: string; proof: Groth16Proof } | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
