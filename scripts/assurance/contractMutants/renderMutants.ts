import type { Mutant } from './findMutants.ts'
import { type Replacement, replace, type SourceText } from './SourceText.ts'
import { type AstNode, rangeOf } from './solidityAst.ts'

/**
 * The changes of a source that let one place choose among its mutants by the block's coinbase. Each mutant stands there in full, as it
 * would in a source of its own, and only the one that is chosen is evaluated.
 * @param mutants of this site; only a constant may be without
 */
export function renderSite(site: AstNode, mutants: readonly Mutant[], source: SourceText): readonly Replacement[] {
  switch (mutants[0]?.kind ?? 'constant') {
    case 'statement':
      return [renderStatement(site, mutants, source)]
    case 'expression':
      return [
        replace(
          site,
          choose(mutants, (change) => source.of(site, change)),
        ),
      ]
    case 'constant':
      return [renderConstant(site, mutants, source)]
    case 'modifiers':
      return [renderModifiers(site, mutants, source)]
    case 'yulStatement':
      return [renderYulStatement(site, mutants, source)]
    case 'yulCondition':
      return renderYulCondition(site, mutants, source)
  }
}

const isActive = ({ id }: Mutant) => `block.coinbase == address(${id})`

/** An expression: that of the active mutant, else the original. */
const choose = (mutants: readonly Mutant[], textOf: (change?: Replacement) => string) =>
  `(${mutants.map((mutant) => `${isActive(mutant)} ? (${textOf(mutant.change)}) : `).join('')}(${textOf()}))`

/** Statements in braces: those of the active mutant, else the original. */
const branch = (mutants: readonly Mutant[], textOf: (mutant?: Mutant) => string) =>
  `${mutants.map((mutant) => `if (${isActive(mutant)}) { ${textOf(mutant)} } else `).join('')}{ ${textOf()} }`

/** Statements of assembly. Not a `switch`: that keeps what it compares on the stack, which has no room to spare. */
const yulBranch = (mutants: readonly Mutant[], textOf: (change?: Replacement) => string) => {
  const tests = mutants.map(({ id }) => `eq(coinbase(), ${id})`)
  const cases = mutants.map(({ change }, i) => `if ${tests[i]} { ${textOf(change)} } `)
  return `${cases.join('')}if iszero(${tests.reduce((either, test) => `or(${either}, ${test})`)}) { ${textOf()} }`
}

function renderStatement(site: AstNode, mutants: readonly Mutant[], source: SourceText): Replacement {
  const { start } = rangeOf(site)
  // A node ends before the semicolon.
  const end = source.find(';', rangeOf(site).end) + 1
  if (site.nodeType !== 'VariableDeclarationStatement') {
    const text = branch(mutants, (mutant) => {
      const statement = source.of(site, mutant?.change)
      return statement === '' ? '' : `${statement};`
    })
    return { start, end, text: `{ ${text} }` }
  }
  const declared: readonly (AstNode | null)[] = site.declarations
  const names = declared.map((variable) => variable?.name ?? '').join(', ')
  const text = branch(
    mutants,
    (mutant) => `${declared.length > 1 ? `(${names})` : names} = ${source.of(site.initialValue, mutant?.change)};`,
  )
  return {
    start,
    end,
    text: `${declared.map((variable) => (variable ? `${source.of(variable)}; ` : '')).join('')}${text}`,
  }
}

/** A function of the constant's name; what it is without mutants stays a constant, which assembly can read. */
function renderConstant(site: AstNode, mutants: readonly Mutant[], source: SourceText): Replacement {
  const { name, visibility, typeDescriptions, value } = site
  const type = typeDescriptions.typeString
  const result = branch(
    mutants,
    (mutant) => `return ${mutant ? source.of(value, mutant.change) : unmutatedName(name)};`,
  )
  return replace(
    site,
    `function ${name}() ${visibility} view returns (${type}) { ${result} } ` +
      `${type} private constant ${unmutatedName(name)} = ${source.of(value)}`,
  )
}

const unmutatedName = (constant: string) => `UNMUTATED_${constant}`

/** What stands for a constant in assembly: a function, which `yulConstants` defines. */
export const yulConstant = (name: string) => `now_${name}()`

/** The definitions of constants at the beginning of a block of assembly. */
export function yulConstants(
  constants: readonly { readonly name: string; readonly mutants: readonly Mutant[] }[],
): string {
  return constants
    .map(({ name, mutants }) => {
      // Their change reads `value + 1` or `value - 1`.
      const cases = mutants.map(({ id, change }) => {
        const operation = change.text.endsWith('+ 1') ? 'add' : 'sub'
        return ` if eq(coinbase(), ${id}) { value := ${operation}(${unmutatedName(name)}, 1) }`
      })
      return ` function ${yulConstant(name)} -> value { value := ${unmutatedName(name)}${cases.join('')} }`
    })
    .join('')
}

/** The function hands its arguments to one that keeps the modifiers and calls its body, or to one without the removed modifier. */
function renderModifiers(site: AstNode, mutants: readonly Mutant[], source: SourceText): Replacement {
  const start = rangeOf(site).start
  const end = rangeOf(site.body).start
  const { name, parameters, returnParameters, stateMutability } = site
  const modifiers: readonly AstNode[] = site.modifiers
  const given = parameters.parameters.map((parameter: AstNode) => parameter.name).join(', ')
  const hasResult = returnParameters.parameters.length > 0
  const call = (suffix: string) => `${hasResult ? 'return ' : ''}${name}${suffix}(${given});`
  const head = (suffix: string, kept: readonly AstNode[]) =>
    [
      `function ${name}${suffix}${source.of(parameters)} private`,
      ...(stateMutability === 'view' || stateMutability === 'pure' ? ['view'] : []),
      ...kept.map((modifier) => source.of(modifier)),
      ...(hasResult ? [`returns ${source.of(returnParameters)}`] : []),
    ].join(' ')
  const first = rangeOf(modifiers[0]!).start
  const last = rangeOf(modifiers.at(-1)!).end
  const text = [
    `${source.between(start, first)} ${source.between(last, end)} { ${branch(mutants, (mutant) => call(`_${mutant?.id ?? 'unmutated'}`))} }`,
    `${head('_unmutated', modifiers)} { ${call('_body')} }`,
    ...mutants.map(
      ({ id, change }) =>
        `${head(
          `_${id}`,
          modifiers.filter((modifier) => rangeOf(modifier).start !== change.start),
        )} { ${call('_body')} }`,
    ),
    head('_body', []),
  ]
  return { start, end, text: `${text.join(' ')} ` }
}

function renderYulStatement(site: AstNode, mutants: readonly Mutant[], source: SourceText): Replacement {
  if (site.nodeType !== 'YulVariableDeclaration')
    return replace(
      site,
      yulBranch(mutants, (change) => source.of(site, change)),
    )
  const names = site.variables.map(({ name }: AstNode) => name).join(', ')
  return replace(site, `let ${names} ${yulBranch(mutants, (change) => `${names} := ${source.of(site.value, change)}`)}`)
}

/** An `if` stands there once for each mutant, and once with a body that has its own mutants; a loop tests at the beginning of its body. */
function renderYulCondition(site: AstNode, mutants: readonly Mutant[], source: SourceText): readonly Replacement[] {
  const { condition, body } = site
  if (site.nodeType === 'YulForLoop') {
    const inside = rangeOf(body).start + 1
    const text = ` ${yulBranch(mutants, (change) => `if iszero(${source.of(condition, change)}) { break }`)}`
    return [replace(condition, '1'), { start: inside, end: inside, text }]
  }
  const { start, end } = rangeOf(site)
  const BODY = '\0'
  const [before, after] = yulBranch(mutants, (change) =>
    change ? `if ${source.of(condition, change)} ${source.of(body)}` : `if ${source.of(condition)} ${BODY}`,
  ).split(BODY) as [string, string]
  return [
    { start, end: rangeOf(body).start, text: before },
    { start: end, end, text: after },
  ]
}
