import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { settlementClaimToJson } from '../../src/statement/settlementClaim.ts'
import { parseTraceBatch, toJson } from '../../src/statement/traceBatchSchema.ts'
import { loadArtifacts } from '../proving/artifacts.ts'
import { type ProvenBatch, proveBatch } from '../proving/proveBatch.ts'
import { openSnarkjsBackend } from '../proving/snarkjsBackend.ts'
import { StageProgress } from '../StageProgress.ts'
import { readJsonFile } from './readJsonFile.ts'

/** Where `npm run keys` puts the artifacts of a shape. */
export const defaultArtifactsDirectory = (shapeName: string) =>
  fileURLToPath(new URL(`../../build/${shapeName}`, import.meta.url))

type Options = {
  readonly traceBatch: string
  readonly out: string
  readonly artifacts?: string
  readonly json?: boolean
}

export function proveCommand(): Command {
  return new Command('prove')
    .description('Prove a batch of traces: writes proof.json and public.json, which hold nothing private.')
    .requiredOption('--trace-batch <file>', 'the batch: model, index, traces with salts, context (private)')
    .option('--out <directory>', 'where the two files go', '.')
    .option('--artifacts <directory>', 'compiled circuit and keys (default: build/<shape>)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx poa prove --trace-batch build/demo/trace-batch.json --out build/demo')
    .action(prove)
}

async function prove({ traceBatch, out, artifacts: directory, json = false }: Options): Promise<void> {
  const batch = parseTraceBatch(await readJsonFile(traceBatch))
  const artifacts = await loadArtifacts(directory ?? defaultArtifactsDirectory(batch.shape.name))
  const backend = openSnarkjsBackend(artifacts)
  const progress = new StageProgress({ isQuiet: json })
  try {
    const proven = await progress.run('prove', `Prove ${batch.traces.length} traces`, (report) =>
      proveBatch(batch, artifacts, backend, (stage) => report(stage === 'witness' ? 0 : 0.1, stage)),
    )
    const files = await writeProofBundle(out, proven)
    if (json) console.log(JSON.stringify({ ok: true, ...files, seconds: proven.seconds }))
    else console.log(`wrote ${files.proof} and ${files.public}`)
  } finally {
    await backend.close()
  }
}

/** Writes what anyone may see of a proven batch. */
export async function writeProofBundle(
  directory: string,
  { claim, proof }: Pick<ProvenBatch, 'claim' | 'proof'>,
): Promise<{ proof: string; public: string }> {
  await mkdir(directory, { recursive: true })
  const files = { proof: join(directory, 'proof.json'), public: join(directory, 'public.json') }
  await writeFile(files.proof, `${toJson(proof, 2)}\n`)
  await writeFile(files.public, `${toJson(settlementClaimToJson(claim), 2)}\n`)
  return files
}
