import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import type { ReportProgress } from '../../../prover/StageProgress.ts'
import type { Shape } from '../../../src/shape.ts'
import { randomBatch, seededRandom } from '../../randomBatch.ts'
import { MeasuredProver, type MeasuredProverName, type Measurement } from './MeasuredProver.ts'

/** Of several runs. */
export type Spread = { readonly median: number; readonly least: number; readonly most: number }

/** What one prover needs for a full batch of one shape. */
export type ProverFigures = {
  readonly prover: MeasuredProverName
  readonly proveMs: Spread
  readonly proveCpuMs: number
  readonly witnessMs: Spread
  readonly peakMiB: number
  /** Of opening the key for the first time in this run; not of snarkjs, which reads it for each proof. */
  readonly openKeyMs: number | undefined
}

/**
 * Full batches of one shape, proved by each prover in turn, so that whatever else the machine does hits all of them alike. One round before those that
 * count warms up caches and compiled code. Every proof is verified.
 * @throws PoaError PROVER_FAILED
 */
export async function compareProvers(
  shape: Shape,
  artifacts: Artifacts,
  provers: readonly MeasuredProverName[],
  { runs, threads }: { readonly runs: number; readonly threads: number },
  report: ReportProgress = () => undefined,
): Promise<ProverFigures[]> {
  const running = provers.map((prover) => new MeasuredProver({ prover, threads, artifacts, shape }))
  const measured: Measurement[][] = provers.map(() => [])
  try {
    for (let run = 0; run <= runs; run++) {
      const { input } = prepareInput(randomBatch(shape, seededRandom(run), { traces: shape.traces }))
      for (const [i, prover] of running.entries()) {
        report(
          (run + i / provers.length) / (runs + 1),
          `${provers[i]}, ${run === 0 ? 'warming up' : `run ${run} of ${runs}`}`,
        )
        const measurement = await prover.prove(input)
        if (run > 0) measured[i]!.push(measurement)
      }
    }
  } finally {
    await Promise.all(running.map((prover) => prover.close()))
  }
  return provers.map((prover, i) => summarise(prover, measured[i]!))
}

function summarise(prover: MeasuredProverName, measurements: readonly Measurement[]): ProverFigures {
  return {
    prover,
    proveMs: spreadOf(measurements.map(({ prove }) => prove.wallMs)),
    proveCpuMs: spreadOf(measurements.map(({ prove }) => prove.cpuMs)).median,
    witnessMs: spreadOf(measurements.map(({ witness }) => witness.wallMs)),
    peakMiB: Math.max(...measurements.map(({ peakMiB }) => peakMiB)),
    openKeyMs: measurements[0]!.preparation?.wallMs,
  }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, least: sorted[0]!, most: sorted.at(-1)! }
}
