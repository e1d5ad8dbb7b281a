import { type Replacement, replace } from './SourceText.ts'
import { type AstNode, childrenOf } from './solidityAst.ts'
import { forcedBooleans, forcedValues, replacementsIn, type Surroundings } from './solidityReplacements.ts'
import { yulReplacementsIn } from './yulReplacements.ts'

/** What is changed, which decides how it chooses among its mutants when it runs: see renderMutants.ts. */
export type SiteKind =
  /** A statement without a body. */
  | 'statement'
  /** An expression in the head of a statement with a body. */
  | 'expression'
  /** A named constant, and with it all its uses. */
  | 'constant'
  /** The modifiers of a function. */
  | 'modifiers'
  /** A statement of assembly without a body. */
  | 'yulStatement'
  /** The condition of an `if` or `for` of assembly. */
  | 'yulCondition'

/** One change of one place of one contract. */
export type Mutant = {
  /** Unique, and the block's coinbase under which it is active. */
  readonly id: number
  readonly path: string
  readonly contract: string
  /** The function, modifier or constant it stands in. */
  readonly member: string
  readonly line: number
  /** The statement, condition, value or modifier that is changed, in one line. */
  readonly original: string
  /** The same with the change; empty when it is deleted. */
  readonly replacement: string
  readonly kind: SiteKind
  /** The node that is changed; of a condition of assembly, the statement with it. */
  readonly site: AstNode
  readonly change: Replacement
}

/** Precompiles and the default coinbase are below. */
const FIRST_ID = 0x10000

/** Every mutant of a source, without ids. */
export function findMutants(path: string, tree: AstNode, surroundings: Surroundings): readonly Omit<Mutant, 'id'>[] {
  const { source } = surroundings
  const contracts = childrenOf(tree).filter(({ nodeType }) => nodeType === 'ContractDefinition')
  return contracts.flatMap((contract) =>
    (contract.nodes as readonly AstNode[]).flatMap((member) =>
      sitesOfMember(member, surroundings).flatMap(({ kind, site, shown = site, changes }) => {
        const original = shownText(source.of(shown))
        const byReplacement = new Map(changes.map((change) => [shownText(source.of(shown, change)), change]))
        byReplacement.delete(original)
        return [...byReplacement].map(([replacement, change]) => ({
          path,
          contract: contract.name as string,
          member: (member.name || member.kind) as string,
          line: source.lineOf(change.start),
          original,
          replacement,
          kind,
          site,
          change,
        }))
      }),
    ),
  )
}

/** Gives mutants their ids, in order. */
export const numberMutants = (mutants: readonly Omit<Mutant, 'id'>[]): readonly Mutant[] =>
  mutants.map((mutant, i) => ({ ...mutant, id: FIRST_ID + i }))

/** A place with all its changes. What is `shown` of it to people is the whole when nothing is said. */
type Site = {
  readonly kind: SiteKind
  readonly site: AstNode
  readonly shown?: AstNode
  readonly changes: readonly Replacement[]
}

/** As it reads where it stands: in one line, and with constants that are not functions yet. */
const shownText = (text: string) =>
  text
    .replace(/\b(?:now_)?([A-Z][A-Z0-9_]*)\(\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()

const deletion = (node: AstNode) => replace(node, '')

function sitesOfMember(member: AstNode, surroundings: Surroundings): readonly Site[] {
  if (member.nodeType === 'VariableDeclaration') return member.constant ? [constantSite(member, surroundings)] : []
  if (!member.body) return []
  const modifiers: readonly AstNode[] = member.modifiers ?? []
  return [
    ...modifiers
      .filter(({ kind }) => kind === 'modifierInvocation')
      .map((modifier) => ({
        kind: 'modifiers' as const,
        site: member,
        shown: modifier,
        changes: [deletion(modifier)],
      })),
    ...sitesIn(member.body, surroundings),
  ]
}

/** A number is one more or one less, anything else is zero. */
function constantSite(declaration: AstNode, { source }: Surroundings): Site {
  const { value, typeDescriptions } = declaration
  const type: string = typeDescriptions.typeString
  const text = value.nodeType === 'Literal' ? source.of(value) : `(${source.of(value)})`
  const texts = /^u?int\d+$/.test(type) ? [`${text} + 1`, `${text} - 1`] : [`${type}(0)`]
  return { kind: 'constant', site: declaration, shown: value, changes: texts.map((text) => replace(value, text)) }
}

/** @param isLone whether a statement is all that an `if` does, so that deleting it is forcing its condition to be false */
function sitesIn(node: AstNode, surroundings: Surroundings, isLone = false): readonly Site[] {
  const deletions = isLone ? [] : [deletion(node)]
  const expression = (site: AstNode, ...changes: readonly Replacement[]): Site => ({
    kind: 'expression',
    site,
    changes: [...changes, ...replacementsIn(site, surroundings)],
  })
  const statement = (changes: readonly Replacement[]): readonly Site[] => [
    { kind: 'statement', site: node, changes: [...changes, ...replacementsIn(node, surroundings)] },
  ]
  const yulStatement = (changes: readonly Replacement[]): readonly Site[] => [
    { kind: 'yulStatement', site: node, changes: [...changes, ...yulReplacementsIn(node, surroundings)] },
  ]
  const yulCondition = (...forced: readonly string[]): Site => ({
    kind: 'yulCondition',
    site: node,
    shown: node.condition,
    changes: [
      ...forced.map((text) => replace(node.condition, text)),
      ...yulReplacementsIn(node.condition, surroundings),
    ],
  })

  switch (node.nodeType) {
    case 'IfStatement': {
      const isWhole = !node.falseBody && countStatements(node.trueBody) === 1
      return [
        expression(node.condition, ...forcedBooleans(node.condition)),
        ...sitesIn(node.trueBody, surroundings, isWhole),
        ...(node.falseBody ? sitesIn(node.falseBody, surroundings) : []),
      ]
    }
    case 'ForStatement': {
      const { initializationExpression, condition, loopExpression, body } = node
      return [
        expression(initializationExpression.initialValue),
        // Forced to be true a loop has no end, which only a limit of gas would notice; so would a step of nothing.
        expression(condition, replace(condition, 'false')),
        ...(loopExpression.expression.nodeType === 'Assignment' ? [expression(loopExpression.expression)] : []),
        ...sitesIn(body, surroundings),
      ]
    }
    case 'VariableDeclarationStatement':
      return node.initialValue ? statement(forcedValues(node.initialValue, ['0'])) : []
    case 'Return':
      return node.expression ? statement(forcedValues(node.expression)) : []
    case 'ExpressionStatement':
      return statement(setsPointer(node.expression) ? [] : deletions)
    case 'EmitStatement':
    case 'RevertStatement':
      return statement(deletions)
    case 'InlineAssembly':
      return sitesIn(node.AST, surroundings)
    case 'YulIf':
      return [yulCondition('1', '0'), ...sitesIn(node.body, surroundings, countStatements(node.body) === 1)]
    case 'YulForLoop':
      return [
        yulCondition('0'),
        ...[node.pre, node.post, node.body].flatMap((part: AstNode) => sitesIn(part, surroundings)),
      ]
    case 'YulVariableDeclaration':
      return node.value ? yulStatement([replace(node.value, '0')]) : []
    case 'YulAssignment':
    case 'YulExpressionStatement':
    case 'YulBreak':
      return yulStatement(deletions)
    default:
      return childrenOf(node).flatMap((child) => sitesIn(child, surroundings, isLone))
  }
}

const countStatements = (body: AstNode): number => body.statements?.length ?? 1

/** Whether an assignment gives a pointer its place in storage or calldata, without which the function does not compile. */
const setsPointer = ({ nodeType, leftHandSide }: AstNode) =>
  nodeType === 'Assignment' && /(storage pointer|calldata)/.test(leftHandSide.typeDescriptions.typeString)
