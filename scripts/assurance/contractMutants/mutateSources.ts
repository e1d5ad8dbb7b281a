import { findMutants, type Mutant, numberMutants } from './findMutants.ts'
import { renderSite, yulConstant, yulConstants } from './renderMutants.ts'
import { type Replacement, replace, SourceText } from './SourceText.ts'
import { type AstNode, parseSources, rangeOf, walk } from './solidityAst.ts'

/** All mutants of some sources, and the sources in which some of them wait for being chosen. */
export type MutatedSources = {
  readonly mutants: readonly Mutant[]
  /** The sources, by path, that hold these mutants: that of which the id is the block's coinbase is active. */
  render(chosen: readonly Mutant[]): ReadonlyMap<string, string>
}

/**
 * Finds the mutants of Solidity sources.
 *
 * A mutant is chosen when the code runs, not when it is compiled, because compiling takes twenty times as long as testing. So every function
 * that was `pure` becomes `view`, as it now reads the block, and every named constant a function.
 * @param sources by path: contracts, and the tests that use them
 * @param isMutated which of them get mutants
 * @throws PoaError CONTRACT_COMPILATION_FAILED
 */
export async function mutateSources(
  sources: ReadonlyMap<string, string>,
  isMutated: (path: string) => boolean,
): Promise<MutatedSources> {
  const trees = await parseSources(sources)
  const nodes = [...trees.values()].flatMap((tree) => [...walk(tree)])
  const declared = [...trees].filter(([path]) => isMutated(path)).flatMap(([, tree]) => [...walk(tree)])
  const constants = new Map(
    declared.filter((node) => node.nodeType === 'VariableDeclaration' && node.constant).map((node) => [node.id, node]),
  )
  const enumMembers = new Map<number | undefined, string>(
    nodes
      .filter(({ nodeType }) => nodeType === 'EnumDefinition')
      .flatMap(({ members }) =>
        members.map(({ id }: AstNode, i: number) => [id, members[(i + 1) % members.length].name]),
      ),
  )
  const texts = new Map(
    [...sources].map(([path, text]) => {
      const source = new SourceText(text)
      return [path, source.withChanges(preparations(trees.get(path)!, source, constants))]
    }),
  )
  const mutants = numberMutants(
    [...sources.keys()]
      .filter(isMutated)
      .sort()
      .flatMap((path) =>
        findMutants(path, trees.get(path)!, { source: texts.get(path)!, nextEnumMember: (id) => enumMembers.get(id) }),
      ),
  )

  function render(chosen: readonly Mutant[]): ReadonlyMap<string, string> {
    const bySite = new Map<AstNode, Mutant[]>([...constants.values()].map((constant) => [constant, []]))
    for (const mutant of chosen) bySite.set(mutant.site, [...(bySite.get(mutant.site) ?? []), mutant])
    return new Map(
      [...texts].map(([path, source]) => {
        const changes = [...walk(trees.get(path)!)].flatMap((node) => {
          if (node.nodeType === 'InlineAssembly') return constantsInAssembly(node, constants, bySite)
          const here = bySite.get(node)
          return here ? renderSite(node, here, source) : []
        })
        return [path, source.whole(changes)]
      }),
    )
  }
  return { mutants, render }
}

/** What must change everywhere: `pure`, and the uses of constants. */
function preparations(
  tree: AstNode,
  source: SourceText,
  constants: ReadonlyMap<number | undefined, AstNode>,
): readonly Replacement[] {
  return [...walk(tree)].flatMap((node) => {
    if (node.nodeType === 'FunctionDefinition' && node.stateMutability === 'pure') {
      const start = source.find('pure', rangeOf(node.parameters).end)
      return [{ start, end: start + 'pure'.length, text: 'view' }]
    }
    if (node.nodeType === 'InlineAssembly')
      return constantReferences(node, constants).map(({ reference, constant }) =>
        replace(reference, yulConstant(constant.name)),
      )
    const isUse =
      (node.nodeType === 'Identifier' || node.nodeType === 'MemberAccess') && constants.has(node.referencedDeclaration)
    // What has the type of a function is the getter of a public constant, which is called already.
    return isUse && !node.typeDescriptions.typeString.startsWith('function')
      ? [replace(node, `${source.of(node)}()`)]
      : []
  })
}

const constantReferences = (assembly: AstNode, constants: ReadonlyMap<number | undefined, AstNode>) =>
  (assembly.externalReferences as readonly (AstNode & { readonly declaration: number })[]).flatMap((reference) => {
    const constant = constants.get(reference.declaration)
    return constant === undefined ? [] : [{ reference, constant }]
  })

function constantsInAssembly(
  assembly: AstNode,
  constants: ReadonlyMap<number | undefined, AstNode>,
  bySite: ReadonlyMap<AstNode, readonly Mutant[]>,
): readonly Replacement[] {
  const used = new Set(constantReferences(assembly, constants).map(({ constant }) => constant))
  const start = rangeOf(assembly.AST).start + 1
  const text = yulConstants([...used].map((constant) => ({ name: constant.name, mutants: bySite.get(constant)! })))
  return text === '' ? [] : [{ start, end: start, text }]
}
