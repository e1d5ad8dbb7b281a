import { type Replacement, replace, type SourceText } from './SourceText.ts'
import { type AstNode, childrenOf, rangeOf } from './solidityAst.ts'

/** What must be known beside the node at hand. */
export type Surroundings = {
  readonly source: SourceText
  /** The member of the same enum that comes after one, by the declaration of that one. */
  readonly nextEnumMember: (declaration: number) => string | undefined
}

/** Not the opposite of an ordering: conditions are forced to both values anyway. */
const OTHER_OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '==': ['!='],
  '!=': ['=='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '<<': ['>>'],
  '>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-=', '='],
  '-=': ['+=', '='],
  '|=': ['&=', '='],
}

const typeOf = (node: AstNode): string => node.typeDescriptions?.typeString ?? ''
const isConstantNumber = (node: AstNode) => node.typeDescriptions?.typeIdentifier?.startsWith('t_rational_') === true

/** All changes of one place in an expression or in a statement without a body. */
export function replacementsIn(node: AstNode, surroundings: Surroundings): readonly Replacement[] {
  if (isConstantNumber(node)) return otherNumbers(node, surroundings)
  return [
    ...replacementsAt(node, surroundings),
    ...expressionsBelow(node).flatMap((child) => replacementsIn(child, surroundings)),
  ]
}

/** `true` and `false` in place of a condition. */
export function forcedBooleans(condition: AstNode): readonly Replacement[] {
  return condition.nodeType === 'Literal' ? [] : [replace(condition, 'true'), replace(condition, 'false')]
}

/** Zero and one, or other `numbers`, in place of a value of an elementary type, or of each value of a tuple; none for other types. */
export function forcedValues(node: AstNode, numbers: readonly string[] = ['0', '1']): readonly Replacement[] {
  const type = typeOf(node)
  if (node.nodeType === 'TupleExpression')
    return node.components.flatMap((component: AstNode) => forcedValues(component, numbers))
  if (node.nodeType === 'Literal' || isConstantNumber(node)) return []
  if (type === 'bool') return forcedBooleans(node)
  if (/^u?int\d+$/.test(type)) return numbers.map((number) => replace(node, `${type}(${number})`))
  return type === 'address' || /^bytes\d+$/.test(type) ? [replace(node, `${type}(0)`)] : []
}

function replacementsAt(node: AstNode, surroundings: Surroundings): readonly Replacement[] {
  const textOf = (inner: AstNode) => surroundings.source.of(inner)
  switch (node.nodeType) {
    case 'BinaryOperation': {
      const { operator, leftExpression, rightExpression } = node
      const swapped = (OTHER_OPERATORS[operator] ?? []).map((other) =>
        replace(node, `(${textOf(leftExpression)} ${other} ${textOf(rightExpression)})`),
      )
      // The other value of a side decides the whole, and a whole that matters is forced as such.
      const neutral = operator === '&&' ? 'true' : operator === '||' ? 'false' : undefined
      return [
        ...swapped,
        ...(neutral === undefined ? [] : [leftExpression, rightExpression].map((side) => replace(side, neutral))),
      ]
    }
    case 'Assignment':
      return (OTHER_OPERATORS[node.operator] ?? []).map((other) =>
        replace(node, `${textOf(node.leftHandSide)} ${other} ${textOf(node.rightHandSide)}`),
      )
    case 'UnaryOperation': {
      const operand = textOf(node.subExpression)
      if (['!', '-', '~'].includes(node.operator)) return [replace(node, operand)]
      if (node.operator === '++') return [replace(node, `--${operand}`)]
      return node.operator === '--' ? [replace(node, `++${operand}`)] : []
    }
    case 'Literal':
      return node.kind === 'bool' ? [replace(node, String(node.value !== 'true'))] : []
    case 'Conditional':
      return forcedBooleans(node.condition)
    case 'MemberAccess': {
      if (node.memberName === 'sender' && node.expression.name === 'msg') return [replace(node, 'tx.origin')]
      const next = surroundings.nextEnumMember(node.referencedDeclaration)
      return next === undefined ? [] : [replace(node, `${textOf(node.expression)}.${next}`)]
    }
    case 'IndexAccess':
      return otherIndexes(node)
    case 'FunctionCall':
      return swappedArguments(node, surroundings)
    default:
      return []
  }
}

/** The expressions directly below a node: no types, and no numbers of which only one compiles. */
function expressionsBelow(node: AstNode): readonly AstNode[] {
  switch (node.nodeType) {
    case 'VariableDeclarationStatement':
      return [node.initialValue]
    case 'FunctionCall':
      // bytes32(0) is the one number that becomes bytes.
      return node.kind === 'typeConversion' && typeOf(node).startsWith('bytes')
        ? node.arguments.filter((argument: AstNode) => !isConstantNumber(argument))
        : [node.expression, ...node.arguments]
    case 'IndexAccess':
      return isConstantNumber(node.indexExpression)
        ? [node.baseExpression]
        : [node.baseExpression, node.indexExpression]
    case 'NewExpression':
    case 'ElementaryTypeNameExpression':
      return []
    default:
      return childrenOf(node)
  }
}

/** One more and one less, which are harder to notice than any other number. */
function otherNumbers(node: AstNode, { source }: Surroundings): readonly Replacement[] {
  const text = source.of(node)
  const isDigits = /^\d+$/.test(text)
  const offset = (difference: 1 | -1) =>
    replace(node, isDigits ? String(BigInt(text) + BigInt(difference)) : `(${text} ${difference > 0 ? '+' : '-'} 1)`)
  return typeOf(node) === 'int_const 0' ? [offset(1)] : [offset(1), offset(-1)]
}

/** The next index, in place of a number. What lies outside an array of known size does not compile. */
function otherIndexes({ baseExpression, indexExpression }: AstNode): readonly Replacement[] {
  if (!isConstantNumber(indexExpression)) return []
  const size = typeOf(baseExpression).match(/\[(\d+)\][^[\]]*$/)?.[1]
  const next = Number(indexExpression.value) + 1
  return [replace(indexExpression, String(size === undefined ? next : next % Number(size)))]
}

/** Of arguments further apart one may lie too deep in the stack for the compiler, once they are swapped. */
const REACH = 5

/** Each argument in the place of the next one of the same type, and the other way round. */
function swappedArguments(node: AstNode, { source }: Surroundings): readonly Replacement[] {
  const given: readonly AstNode[] = node.arguments
  const name = node.expression.name
  const isModular = name === 'addmod' || name === 'mulmod'
  const otherFunction = isModular ? [replace(node.expression, name === 'addmod' ? 'mulmod' : 'addmod')] : []
  return [
    ...otherFunction,
    ...given.flatMap((argument, i) => {
      const other = given.slice(i + 1, i + 1 + REACH).find((later) => typeOf(later) === typeOf(argument))
      // The first two of addmod and mulmod commute.
      if (other === undefined || source.of(other) === source.of(argument) || (isModular && i === 0)) return []
      const [left, right] = [rangeOf(argument), rangeOf(other)]
      const text = `${source.of(other)}${source.between(left.end, right.start)}${source.of(argument)}`
      return [{ start: left.start, end: right.end, text }]
    }),
  ]
}
