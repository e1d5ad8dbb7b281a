import { join } from 'node:path'
import { SHAPE_NAMES, type Shape, shapeNamed, widthsOf } from '../../src/shape.ts'
import { compileCircuit, compileShape, type MainComponent, REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'
import type { GeneratedFile } from './GeneratedFile.ts'

/** What each shape costs, and each part of `small` alone. */
export async function generateConstraintCounts(): Promise<GeneratedFile> {
  const shapes: Record<string, object> = {}
  for (const name of SHAPE_NAMES) {
    const { constraints, wires } = await compileShape(name)
    shapes[name] = { constraints, wires }
  }
  const parts: Record<string, number> = {}
  for (const part of partsOf(shapeNamed('small'))) {
    const directory = join(REPOSITORY_ROOT, 'build', 'parts', part.template.replaceAll('/', '-'))
    const { constraints } = await compileCircuit(part, directory)
    parts[`${part.template.split('/').at(-1)}(${part.parameters.join(', ')})`] = constraints
  }
  const content = { generatedBy: 'npm run generate', shapes, partsOfSmall: parts }
  return { path: 'circuits/constraints.json', content: `${JSON.stringify(content, null, 2)}\n` }
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
