import { join } from 'node:path'
import type { EngineBuildName } from '../../../prover/proving/native/loadEngine.ts'
import type { ReportProgress } from '../../../prover/StageProgress.ts'
import { type Shape, shapeNamed } from '../../../src/shape.ts'
import { attributionBatchOf, compileCircuit, REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'
import { ensureDevKeys } from '../../keys/ensureDevKeys.ts'
import { compareProvers, type ProverFigures } from './compareProvers.ts'

/** What one shape costs. */
export type GrowthPoint = {
  readonly traces: number
  readonly contributors: number
  readonly constraints: number
  /** log2 of the domain: the transforms and H grow with it, in steps. */
  readonly domainPower: number
  readonly figures: ProverFigures
}

/** Around `small`, which is one of each. */
const TRACES = [4, 8, 16, 32]
const CONTRIBUTORS = [3, 6, 12, 24]

/** `small` with other numbers of traces and of contributors. Compiles each of them once and makes its keys; they stay in build/growth/. */
export async function measureGrowth(
  prover: EngineBuildName,
  options: { readonly runs: number; readonly threads: number },
  report: ReportProgress,
): Promise<GrowthPoint[]> {
  const small = shapeNamed('small')
  const shapes = [
    ...TRACES.map((traces) => ({ ...small, traces })),
    ...CONTRIBUTORS.filter((contributors) => contributors !== small.contributors).map((contributors) => ({
      ...small,
      contributors,
    })),
  ]
  const points: GrowthPoint[] = []
  for (const [i, shape] of shapes.entries()) {
    report(i / shapes.length, `${shape.traces} traces, ${shape.contributors} contributors`)
    points.push(await measureShape(shape, prover, options))
  }
  return points
}

async function measureShape(
  shape: Shape,
  prover: EngineBuildName,
  options: { readonly runs: number; readonly threads: number },
): Promise<GrowthPoint> {
  const { traces, contributors } = shape
  const name = `${traces}x${contributors}`
  const directory = join(REPOSITORY_ROOT, 'build', 'growth', name)
  const { artifacts } = await ensureDevKeys(directory, name, await compileCircuit(attributionBatchOf(shape), directory))
  const [figures] = await compareProvers(shape, artifacts, [prover], options)
  const { constraints, publicCount } = artifacts.manifest
  return {
    traces,
    contributors,
    constraints,
    domainPower: Math.ceil(Math.log2(constraints + publicCount + 1)),
    figures: figures!,
  }
}
