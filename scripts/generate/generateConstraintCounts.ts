import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SHAPE_NAMES, type Shape, type ShapeName, shapeNamed, widthsOf } from '../../src/shape.ts'
import { compileCircuit, compileShape, type MainComponent, REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'
import type { GeneratedFile } from './GeneratedFile.ts'

export const CONSTRAINT_COUNTS_PATH = 'circuits/constraints.json'

/** What a shape costs, and of which sources that was counted: `hashSourcesOfShape` tells without compiling whether it still holds. */
export type ShapeCost = { readonly constraints: number; readonly wires: number; readonly sourceHash: string }

type ConstraintCounts = { readonly shapes: Partial<Record<ShapeName, ShapeCost>> }

/** What each shape costs, and each part of `small` alone. A shape that is not named keeps the entry that is committed. */
export async function generateConstraintCounts(names: readonly ShapeName[]): Promise<GeneratedFile> {
  const committed = (await readConstraintCounts()).shapes
  const shapes: Partial<Record<ShapeName, ShapeCost>> = {}
  for (const name of SHAPE_NAMES) {
    if (!names.includes(name)) {
      if (committed[name] !== undefined) shapes[name] = committed[name]
      continue
    }
    const { constraints, wires, sourceHash } = await compileShape(name)
    shapes[name] = { constraints, wires, sourceHash }
  }
  const parts: Record<string, number> = {}
  for (const part of partsOf(shapeNamed('small'))) {
    const directory = join(REPOSITORY_ROOT, 'build', 'parts', part.template.replaceAll('/', '-'))
    const { constraints } = await compileCircuit(part, directory)
    parts[`${part.template.split('/').at(-1)}(${part.parameters.join(', ')})`] = constraints
  }
  const content = { generatedBy: 'npm run generate', shapes, partsOfSmall: parts }
  return { path: CONSTRAINT_COUNTS_PATH, content: `${JSON.stringify(content, null, 2)}\n` }
}

/** The counts as committed. */
export async function readConstraintCounts(): Promise<ConstraintCounts> {
  return JSON.parse(await readFile(join(REPOSITORY_ROOT, CONSTRAINT_COUNTS_PATH), 'utf8')) as ConstraintCounts
}

/** The parts of one shape, each alone: where its constraints go. */
function partsOf({ traces: b, contributors: k, classes: c, features: h }: Shape): MainComponent[] {
  const { logitBits, totalBits } = widthsOf({ name: '', traces: b, contributors: k, classes: c, features: h })
  const shape = [b, k, c, h]
  return [
    { template: 'commitments/WeightsCommitment', parameters: shape },
    { template: 'commitments/IndexCommitment', parameters: shape },
    { template: 'commitments/InputCommitment', parameters: shape },
    { template: 'commitments/OutputCommitment', parameters: shape },
    { template: 'trace/TraceSlot', parameters: shape },
    { template: 'trace/MarginGradient', parameters: [c, logitBits] },
    { template: 'trace/ScoreTotal', parameters: [k, totalBits] },
    { template: 'trace/PoolRate', parameters: [totalBits] },
    { template: 'batch/RandomCombination', parameters: [k, h] },
    { template: 'batch/ProductCheck', parameters: [k, c, h] },
    { template: 'batch/PolynomialEvaluation', parameters: [3 * b + k] },
  ]
}
