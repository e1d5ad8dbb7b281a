import { join } from 'node:path'
import { parseTraceBatch } from '../../src/statement/traceBatchSchema.ts'
import { readSettings } from '../config/readSettings.ts'
import { loadArtifacts } from '../proving/artifacts.ts'
import { openChildProcessBackend } from '../proving/childProcessBackend.ts'
import { chooseProver, describeProver } from '../proving/chooseProver.ts'
import { proveBatch } from '../proving/proveBatch.ts'
import { readJsonFile } from '../readJsonFile.ts'
import { StageProgress } from '../StageProgress.ts'
import { report } from './report.ts'
import { writeProofBundle } from './writeProofBundle.ts'

export type MakeProofOptions = {
  readonly traceBatch: string
  readonly out: string
  readonly config?: string
  readonly json?: boolean
}

/** `poa proof make` */
export async function makeProof(options: MakeProofOptions): Promise<void> {
  const settings = await readSettings(options)
  const batch = parseTraceBatch(await readJsonFile(options.traceBatch))
  const artifacts = await loadArtifacts(join(settings.artifacts, batch.shape.name))
  const prover = chooseProver(settings.prover, settings.proverThreads)
  const backend = openChildProcessBackend(artifacts, { prover })
  const progress = new StageProgress({ isQuiet: options.json ?? false })
  try {
    await progress.run('prepare', 'Open the prover', (report) => backend.prepare(report))
    const proven = await progress.run('prove', `Prove ${batch.traces.length} traces`, (report) =>
      proveBatch(batch, artifacts, backend, (stage) => report(stage === 'witness' ? 0 : 0.1, stage)),
    )
    const files = await writeProofBundle(options.out, proven)
    report(options, { ...files, prover: describeProver(prover), seconds: proven.seconds }, () => [
      `proved by ${describeProver(prover)}`,
      `wrote ${files.proof} and ${files.public}`,
    ])
  } finally {
    await backend.close()
  }
}
