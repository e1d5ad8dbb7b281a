import { writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { writeProofBundle } from '../../prover/commands/writeProofBundle.ts'
import { toJson, traceBatchToJson } from '../../src/statement/traceBatchSchema.ts'
import { REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'
import type { DemoBundle } from './DemoResult.ts'
import type { ProvenInferences } from './proveInferences.ts'

/** Where the demo leaves its files. */
export const DEMO_DIRECTORY = join(REPOSITORY_ROOT, 'build', 'demo')

/** Leaves one batch behind for `poa proof verify` and `poa proof make`. */
export async function writeDemoBundle({ batch, proven }: ProvenInferences): Promise<DemoBundle> {
  const files = await writeProofBundle(DEMO_DIRECTORY, proven)
  const traceBatch = join(DEMO_DIRECTORY, 'trace-batch.json')
  await writeFile(traceBatch, `${toJson(traceBatchToJson(batch))}\n`, { mode: 0o600 })
  const shorten = (path: string) => relative(REPOSITORY_ROOT, path)
  return { proof: shorten(files.proof), public: shorten(files.public), traceBatch: shorten(traceBatch) }
}
