import { type Replacement, replace } from './SourceText.ts'
import { type AstNode, childrenOf } from './solidityAst.ts'
import type { Surroundings } from './solidityReplacements.ts'

/** Functions in place of one, by the texts of its arguments. */
const OTHER_CALLS: Readonly<Record<string, (...texts: string[]) => readonly string[]>> = {
  add: (a, b) => [`sub(${a}, ${b})`],
  sub: (a, b) => [`add(${a}, ${b})`],
  mul: (a, b) => [`div(${a}, ${b})`],
  div: (a, b) => [`mul(${a}, ${b})`],
  addmod: (a, b, m) => [`mulmod(${a}, ${b}, ${m})`],
  mulmod: (a, b, m) => [`addmod(${a}, ${b}, ${m})`],
  shl: (a, b) => [`shr(${a}, ${b})`],
  shr: (a, b) => [`shl(${a}, ${b})`],
  sar: (a, b) => [`shr(${a}, ${b})`],
  and: (a, b) => [`or(${a}, ${b})`],
  or: (a, b) => [`and(${a}, ${b})`],
  xor: (a, b) => [`or(${a}, ${b})`, `and(${a}, ${b})`],
  not: (a) => [`${a}`],
  iszero: (a) => [`${a}`],
  lt: (a, b) => [`iszero(gt(${a}, ${b}))`],
  gt: (a, b) => [`iszero(lt(${a}, ${b}))`],
}

/** All changes of one place in an expression of assembly, or in a statement without a body. */
export function yulReplacementsIn(node: AstNode, surroundings: Surroundings): readonly Replacement[] {
  if (node.nodeType === 'YulLiteral') {
    const value = BigInt(node.value)
    const others = value === 0n ? [1n] : [value + 1n, value - 1n]
    return others.map((other) => replace(node, node.value.startsWith('0x') ? `0x${other.toString(16)}` : String(other)))
  }
  const calls =
    node.nodeType === 'YulFunctionCall'
      ? (OTHER_CALLS[node.functionName.name]?.(
          ...node.arguments.map((argument: AstNode) => surroundings.source.of(argument)),
        ) ?? [])
      : []
  return [
    ...calls.map((text) => replace(node, text)),
    ...childrenOf(node).flatMap((child) => yulReplacementsIn(child, surroundings)),
  ]
}
