import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PoaError } from '../../../src/errors.ts'
import { type Shape, widthsOf } from '../../../src/shape.ts'
import { HASH_TAGS } from '../../../src/statement/taggedHash.ts'
import { openCircuit, openCompiled } from '../../circuits/Circuit.ts'
import { attributionBatchOf, CIRCUITS_DIRECTORY, compileShape, shapeDirectory } from '../../circuits/compileCircuit.ts'
import type { SignalGraph } from '../../circuits/SignalGraph.ts'
import { Subject } from './Subject.ts'

/** Files that hold no template, and the whole itself. */
const NO_PARTS = ['AttributionBatch', 'batch/Widths']

/** Private inputs of the whole circuit of which any value makes a valid statement: they only move hashes. */
export const SALTS = /^(batchSalt|inputSalts\[\d+\]|outputSalts\[\d+\])$/

/** The whole circuit of a registered shape. */
export async function openWhole(shape: Shape, graph: SignalGraph): Promise<Subject> {
  await compileShape(shape.name)
  const circuit = await openCompiled(attributionBatchOf(shape), shapeDirectory(shape.name))
  return new Subject(
    shape.name,
    circuit,
    graph,
    [''],
    graph.names.filter((name) => SALTS.test(name)),
  )
}

/**
 * Every template of circuits/, alone, with the parameters that it has in a shape; one subject for each set of parameters. All inputs are public:
 * alone a template is asked whether its inputs determine the rest.
 * @param isWanted by path below circuits/; all when left out
 * @throws PoaError ASSURANCE_TEMPLATE_UNTESTED when a file of circuits/ has no entry here
 */
export async function openTemplates(
  shape: Shape,
  graph: SignalGraph,
  report: (share: number) => void,
  isWanted: (template: string) => boolean = () => true,
): Promise<Subject[]> {
  const entries = listTemplates(shape, graph).filter(({ template }) => isWanted(template))
  const files = (await readdir(CIRCUITS_DIRECTORY, { recursive: true })).filter((name) => name.endsWith('.circom'))
  for (const file of files.map((name) => name.replace(/\.circom$/, ''))) {
    if (isWanted(file) && !NO_PARTS.includes(file) && !entries.some(({ template }) => template === file))
      throw new PoaError('ASSURANCE_TEMPLATE_UNTESTED', `${file} is not examined alone`, {
        hint: 'Say in scripts/assurance/circuits/subjects.ts where it stands in the whole circuit.',
      })
  }
  const subjects: Subject[] = []
  for (const { template, parameters, at } of entries) {
    const source = await readFile(join(CIRCUITS_DIRECTORY, `${template}.circom`), 'utf8')
    const publicInputs = [...source.matchAll(/signal input (\w+)/g)].map(([, name]) => name!)
    const circuit = await openCircuit({ template, parameters, publicInputs })
    const name = `${template.split('/').at(-1)}(${parameters.join(', ')})`
    subjects.push(new Subject(name, circuit, graph, findPaths(graph, at), []))
    report(subjects.length / entries.length)
  }
  return subjects
}

type Entry = { readonly template: string; readonly parameters: readonly number[]; readonly at: string }

/** Where each template stands in the whole circuit; `*` is any index. */
function listTemplates(shape: Shape, graph: SignalGraph): Entry[] {
  const { traces: B, contributors: K, classes: C, features: H } = shape
  const { logitBits, scoreBits, totalBits } = widthsOf(shape)
  const dimensions = [B, K, C, H]
  const hash = (use: keyof typeof HASH_TAGS, at: string): Entry => {
    const words = graph.names.filter((name) => name.startsWith(`${at.replaceAll('*', '0')}.words[`)).length
    return { template: 'hashing/TaggedHash', parameters: [HASH_TAGS[use], words, ...dimensions], at }
  }
  const signed = (bits: number, at: string): Entry => ({ template: 'range/SignedRange', parameters: [bits], at })
  const unsigned = (bits: number, at: string): Entry => ({ template: 'range/UnsignedRange', parameters: [bits], at })
  const packed = (count: number, bits: number, at: string): Entry => ({
    template: 'hashing/PackWords',
    parameters: [count, bits],
    at,
  })
  return [
    signed(8, 'slot[*].input_.range[*]'),
    signed(16, 'weightsHash.range[*][*]'),
    signed(logitBits, 'slot[*].margin.runnerUpRange'),
    signed(scoreBits + 1, 'slot[*].rawRange[*]'),
    signed(totalBits + 1, 'slot[*].scoreTotal.sign'),
    unsigned(16, 'indexHash.scaleRange[*]'),
    unsigned(96, 'slot[*].poolRate.poolRange'),
    unsigned(160, 'slot[*].poolRate.rateRange'),
    unsigned(totalBits, 'slot[*].poolRate.remainderRange'),
    packed(C * H, 16, 'weightsHash.packed'),
    packed(K * C * H, 8, 'indexHash.packedVectors'),
    packed(B * K, scoreBits + 1, 'packedScores'),
    hash('weights', 'weightsHash.hash'),
    hash('index', 'indexHash.hash'),
    hash('input', 'slot[*].input_.hash'),
    hash('output', 'slot[*].output_.hash'),
    hash('transcript', 'transcript'),
    hash('challenge', 'rho'),
    { template: 'commitments/WeightsCommitment', parameters: dimensions, at: 'weightsHash' },
    { template: 'commitments/IndexCommitment', parameters: dimensions, at: 'indexHash' },
    { template: 'commitments/ContributorVector', parameters: [C, H], at: 'indexHash.vector[*]' },
    { template: 'commitments/InputCommitment', parameters: dimensions, at: 'slot[*].input_' },
    { template: 'commitments/OutputCommitment', parameters: dimensions, at: 'slot[*].output_' },
    { template: 'trace/OneHotLabel', parameters: [C], at: 'slot[*].oneHot' },
    { template: 'trace/MarginGradient', parameters: [C, logitBits], at: 'slot[*].margin' },
    { template: 'trace/MarginWeight', parameters: [logitBits], at: 'slot[*].margin.weight[*]' },
    { template: 'trace/WeightTable', parameters: [], at: 'slot[*].margin.weight[*].table8' },
    { template: 'trace/ScoreTotal', parameters: [K, totalBits], at: 'slot[*].scoreTotal' },
    { template: 'trace/PoolRate', parameters: [totalBits], at: 'slot[*].poolRate' },
    { template: 'trace/TraceSlot', parameters: dimensions, at: 'slot[*]' },
    { template: 'batch/RandomCombination', parameters: [C, H], at: 'combinedWeights' },
    { template: 'batch/RandomCombination', parameters: [K, H], at: 'combinedVectors[*]' },
    { template: 'batch/ProductCheck', parameters: [K, C, H], at: 'product[*]' },
    { template: 'batch/PolynomialEvaluation', parameters: [3 * B + K], at: 'polynomial' },
  ]
}

/** The components of a pattern, with a dot behind each. */
function findPaths(graph: SignalGraph, pattern: string): string[] {
  const expression = new RegExp(`^${pattern.replace(/[.[\]]/g, '\\$&').replaceAll('*', '\\d+')}\\.`)
  return [...new Set(graph.names.map((name) => name.match(expression)?.[0]).filter((path) => path !== undefined))]
}
