import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { PoaError } from '../../../src/errors.ts'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'

/** A node of solc's syntax tree, Solidity or Yul. Which fields there are depends on `nodeType`. */
export type AstNode = {
  readonly nodeType: string
  readonly id?: number
  /** `start:length:file`, in bytes. */
  readonly src: string
  // biome-ignore lint/suspicious/noExplicitAny: solc's tree has some hundred shapes, and each is used where it is matched.
  readonly [field: string]: any
}

/** The first byte of a node and the byte after its last. */
export function rangeOf(node: AstNode): { readonly start: number; readonly end: number } {
  const [start, length] = node.src.split(':').map(Number) as [number, number]
  return { start, end: start + length }
}

/** The nodes directly below a node, in no particular order. */
export function childrenOf(node: AstNode): readonly AstNode[] {
  return Object.values(node)
    .flat()
    .filter((value): value is AstNode => typeof value === 'object' && value !== null && 'nodeType' in value)
}

/** A node and all below it. */
export function* walk(node: AstNode): Generator<AstNode> {
  yield node
  for (const child of childrenOf(node)) yield* walk(child)
}

/**
 * Parses sources and checks their types, which takes a tenth of compiling them.
 * @param sources by path; imports are resolved among them, and OpenZeppelin's are read from node_modules
 * @returns the tree of each source, by path
 * @throws PoaError CONTRACT_COMPILATION_FAILED with the compiler's errors
 */
export async function parseSources(sources: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, AstNode>> {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries([...sources].map(([path, content]) => [path, { content }])),
    settings: {
      remappings: [`@openzeppelin/=${join(REPOSITORY_ROOT, 'node_modules/@openzeppelin')}/`],
      outputSelection: { '*': { '': ['ast'] } },
    },
  }
  const output = JSON.parse(await runSolc(JSON.stringify(input))) as {
    readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
    readonly sources: Readonly<Record<string, { readonly ast: AstNode }>>
  }
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0)
    throw new PoaError('CONTRACT_COMPILATION_FAILED', errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
  return new Map([...sources.keys()].map((path) => [path, output.sources[path]!.ast]))
}

/** Runs the compiler that forge runs, and returns its answer. */
function runSolc(input: string): Promise<string> {
  const child = spawn(process.execPath, [join(REPOSITORY_ROOT, 'scripts/solc.mjs'), '--standard-json'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', reject).once('close', () => resolve(Buffer.concat(chunks).toString()))
    child.stdin.end(input)
  })
}
