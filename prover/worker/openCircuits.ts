import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hex } from 'viem'
import { PoaError } from '../../src/errors.ts'
import { type Artifacts, loadArtifacts } from '../proving/artifacts.ts'
import { type ChildProcessBackendOptions, openChildProcessBackend } from '../proving/childProcessBackend.ts'
import type { ProvingBackend } from '../proving/ProvingBackend.ts'

/** A circuit that this node has the keys of, and what proves with them. */
export type Circuit = { readonly artifacts: Artifacts; readonly backend: ProvingBackend }

export type Circuits = {
  /** @param circuitKeyHash 0x and 64 lower-case hex digits, as the verifier registry has it */
  get(circuitKeyHash: Hex): Circuit | undefined
  list(): readonly Artifacts[]
  /** Ends the proving processes; waits for a proof that is under way. */
  close(): Promise<void>
}

/**
 * Opens every circuit that has a manifest in one of the directories or in a folder directly below it. Hashes all their files, which takes a
 * second for each 500 MB or so. Proving processes start with the first proof. Of two circuits with the same keys the first counts.
 * @throws PoaError CIRCUITS_MISSING for a directory that holds none or cannot be read, and those of loadArtifacts
 */
export async function openCircuits(
  artifactRoots: readonly string[],
  options: ChildProcessBackendOptions = {},
  backendOf: (artifacts: Artifacts, options: ChildProcessBackendOptions) => ProvingBackend = openChildProcessBackend,
): Promise<Circuits> {
  const circuits = new Map<string, Circuit>()
  for (const root of artifactRoots) {
    for (const directory of await findManifests(root)) {
      const artifacts = await loadArtifacts(directory)
      const { circuitKeyHash } = artifacts.manifest
      if (!circuits.has(circuitKeyHash))
        circuits.set(circuitKeyHash, { artifacts, backend: backendOf(artifacts, options) })
    }
  }
  return {
    get: (circuitKeyHash) => circuits.get(circuitKeyHash),
    list: () => [...circuits.values()].map(({ artifacts }) => artifacts),
    async close() {
      await Promise.all([...circuits.values()].map(({ backend }) => backend.close()))
    },
  }
}

async function findManifests(root: string): Promise<string[]> {
  const hint = 'Run: npm run build, or name the directory of your circuits.'
  const names = await readdir(root).catch((cause) => {
    throw new PoaError('CIRCUITS_MISSING', `Cannot read ${root}`, { hint, cause })
  })
  const found: string[] = []
  for (const directory of [root, ...names.sort().map((name) => join(root, name))]) {
    const hasManifest = await access(join(directory, 'manifest.json')).then(
      () => true,
      () => false,
    )
    if (hasManifest) found.push(directory)
  }
  if (found.length === 0) throw new PoaError('CIRCUITS_MISSING', `${root} holds no circuit with keys`, { hint })
  return found
}
