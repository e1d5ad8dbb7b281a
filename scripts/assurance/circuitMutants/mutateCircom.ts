/** One edit of one circuit source. */
export type SourceMutant = {
  /** Path below circuits/. */
  readonly file: string
  readonly line: number
  readonly operator: string
  /** The statement before and after, on one line each: what a person reads, and with the file the name of the mutant. */
  readonly before: string
  readonly after: string
  /** Whether it does nothing but take constraints away: every signal keeps its value. */
  readonly removesOnly: boolean
  /** The whole mutated source. */
  readonly source: string
}

type Edit = {
  readonly operator: string
  readonly start: number
  readonly end: number
  readonly text: string
  readonly removesOnly: boolean
}

type Statement = { readonly start: number; readonly end: number; readonly text: string }
type Loop = {
  readonly variable: string
  readonly last: string
  readonly start: number
  readonly end: number
}

/**
 * All mutants of a circom source, in the order of the text. It reads circom as our sources write it: statements end with `;`, a loop is
 * `for (var i = a; i < b; i++) { … }`, and comments are `//`.
 * @param file path below circuits/, which the mutants are to carry
 */
export function mutateCircom(file: string, source: string): SourceMutant[] {
  // Same length, so that places in one are places in the other.
  const code = source
    .replace(/\/\/.*$/gm, (comment) => ' '.repeat(comment.length))
    .replace(/^(pragma|include).*$/gm, blank)
  const statements = listStatements(code)
  const edits = [
    ...statements.flatMap((statement) => weaken(code, statement)),
    ...[
      ...mutateNumbers(code),
      ...mutateOperators(code),
      ...mutateIndices(statements),
      ...mutateConnections(code, statements),
    ].filter(({ start }) => !isBesideConstraints(statements, start)),
  ]
  return edits
    .sort((a, b) => a.start - b.start)
    .map(({ operator, start, end, text, removesOnly }) => {
      const statement = statements.find((one) => one.start <= start && end <= one.end) ?? { start, end }
      const oneLine = (piece: string) => piece.replace(/\s+/g, ' ').trim()
      return {
        file,
        line: code.slice(0, start).split('\n').length,
        operator,
        before: oneLine(code.slice(statement.start, statement.end)),
        after: oneLine(code.slice(statement.start, start) + text + code.slice(end, statement.end)),
        removesOnly,
        source: source.slice(0, start) + text + source.slice(end),
      }
    })
}

/** Hints, which constrain nothing, assertions, which are deleted as a whole, and the dimensions of declarations. */
function isBesideConstraints(statements: readonly Statement[], place: number): boolean {
  const statement = statements.find(({ start, end }) => start <= place && place < end)
  if (statement === undefined) return false
  const { start, text } = statement
  const declaration = text.match(/^(?:signal (?:input |output )?|component |var )\w+(?:\[[^\]]*\])+/)
  return (
    text.includes('<--') || text.startsWith('assert') || (declaration !== null && place < start + declaration[0].length)
  )
}

const blank = (text: string) => ' '.repeat(text.length)

/** What ends with `;`, `{` or `}`, outside of the head of a loop, without the white space around it. */
function listStatements(code: string): Statement[] {
  const statements: Statement[] = []
  let start = 0
  let depth = 0
  for (let i = 0; i < code.length; i++) {
    if (code[i] === '(' || code[i] === '[') depth++
    if (code[i] === ')' || code[i] === ']') depth--
    if (depth > 0 || !';{}'.includes(code[i]!)) continue
    const raw = code.slice(start, i + 1)
    const skipped = raw.length - raw.trimStart().length
    if (raw.trim() !== '}') statements.push({ start: start + skipped, end: i + 1, text: raw.trim() })
    start = i + 1
  }
  return statements
}

/** Takes constraints away: the whole statement's, or those of one turn of the loop around it. Widens ranges, drops terms and assertions. */
function weaken(code: string, { start, end, text }: Statement): Edit[] {
  const edit = (operator: string, replacement: string, removesOnly: boolean): Edit => ({
    operator,
    start,
    end,
    text: replacement,
    removesOnly,
  })
  if (text.startsWith('assert')) return [edit('assertion deleted', '', false)]
  const unbound = text.includes('===') ? '' : text.includes('<==') ? text.replace('<==', '<--') : undefined
  if (unbound !== undefined) {
    const [operator, once] = text.includes('===')
      ? (['equality deleted', ''] as const)
      : (['assignment without constraint', unbound] as const)
    const loop = innermostLoop(code, start)
    // A declaration cannot stand inside an `if`.
    const inLastTurn = `if (${loop?.variable} == ${loop?.last}) { ${once} } else { ${text} }`
    return [
      edit(operator, unbound, true),
      ...(loop === undefined || text.startsWith('signal')
        ? []
        : [edit(`${operator} in the last turn`, inLastTurn, true)]),
    ]
  }
  if (/^\w+ \+= /.test(text)) return [edit('term deleted', '', false)]
  return []
}

function innermostLoop(code: string, place: number): Loop | undefined {
  return listLoops(code)
    .filter(({ start, end }) => start < place && place < end)
    .at(-1)
}

function listLoops(code: string): Loop[] {
  return [...code.matchAll(/for \(var (\w+) = [^;]+; \1 (<=|<|>=) ([^;]+); \1(\+\+|--)\) \{/g)].map((match) => {
    const [head, variable, comparison, bound] = match as unknown as [string, string, string, string]
    const start = match.index + head.length
    let depth = 1
    let end = start
    for (; depth > 0; end++) depth += code[end] === '{' ? 1 : code[end] === '}' ? -1 : 0
    // `i < n && more`: the last turn is not known, and n - 1 may lie beyond it.
    return { variable, last: comparison === '<' ? `(${bound.split('&&')[0]}) - 1` : bound, start, end }
  })
}

/** Every number one larger: widths, offsets, tags, bounds, indices, where a loop begins. Of a table a sample. */
function mutateNumbers(code: string): Edit[] {
  const edits: Edit[] = []
  const table = code.match(/= \[\s*\d[\d,\s]*\]/)
  const [tableStart, tableEnd] = table?.[0].includes('\n')
    ? [table.index!, table.index! + table[0].length]
    : [code.length, code.length]
  let entry = 0
  for (const match of code.matchAll(/(?<![\w.])\d+(?!\w)/g)) {
    const start = match.index
    const isEntry = tableStart <= start && start < tableEnd
    if (isEntry && entry++ % TABLE_SAMPLE !== 0) continue
    edits.push({
      operator: isEntry ? 'table entry + 1' : 'number + 1',
      start,
      end: start + match[0].length,
      text: String(Number(match[0]) + 1),
      removesOnly: false,
    })
  }
  for (const match of code.matchAll(/(UnsignedRange|SignedRange|Num2Bits)\((\w+)\)/g)) {
    if (/^\d+$/.test(match[2]!) || code.slice(0, match.index).endsWith('template ')) continue
    const end = match.index + match[0].length - 1
    edits.push({ operator: 'range one bit wider', start: end, end, text: ' + 1', removesOnly: false })
  }
  return edits
}

const TABLE_SAMPLE = 17

const OTHER_OPERATORS: readonly (readonly [RegExp, string, string])[] = [
  [/(?<= )\+(?= )/g, '-', '+ to -'],
  [/(?<= )-(?= )/g, '+', '- to +'],
  [/(?<=\(|= |\? )-(?=[\w(])/g, '', 'negation dropped'],
  [/(?<= )\*(?= )/g, '+', '* to +'],
  [/(?<= )>(?= )/g, '<', '> to <'],
  [/(?<= )>=(?= )/g, '>', '>= to >'],
  [/(?<= )==(?= )/g, '!=', '== to !='],
  [/(?<= )&&(?= )/g, '||', '&& to ||'],
  [/(?<= )\\(?= )/g, '%', '\\ to %'],
  [/(?<= )%(?= )/g, '\\', '% to \\'],
  [/(?<= )\+=(?= )/g, '-=', '+= to -='],
]

function mutateOperators(code: string): Edit[] {
  const swaps = OTHER_OPERATORS.flatMap(([pattern, text, operator]) =>
    [...code.matchAll(pattern)].map((match) => ({
      operator,
      start: match.index,
      end: match.index + match[0].length,
      text,
      removesOnly: false,
    })),
  ).filter(({ start, operator }) => operator !== '>= to >' || !/for \([^)]*$/.test(code.slice(0, start)))
  // The last turn of a loop left out.
  const shorter = [...code.matchAll(/for \(var (\w+) = [^;]+; \1 (<=|<|>=) ([^;&]+)/g)].map((match) => {
    const end = match.index + match[0].trimEnd().length
    return {
      operator: 'loop one turn shorter',
      start: end,
      end,
      text: match[2] === '>=' ? ' + 1' : ' - 1',
      removesOnly: false,
    }
  })
  const whiles = [...code.matchAll(/(?<=while \([^{]*)<(?= value)/g)].map(({ index }) => ({
    operator: '< to <=',
    start: index,
    end: index + 1,
    text: '<=',
    removesOnly: false,
  }))
  return [...swaps, ...shorter, ...whiles]
}

/** Where a value is read: the first element in place of the one that belongs there. */
function mutateIndices(statements: readonly Statement[]): Edit[] {
  return statements.flatMap(({ start, text }) => {
    const sign = text.match(/<==|<--|===|\+=|[^=<>!]=(?!=)/)
    if (sign === null || text.startsWith('for') || text.startsWith('if')) return []
    const from = sign.index! + sign[0].length
    return [...text.slice(from).matchAll(/\[([^[\]]+)\]/g)]
      .filter((match) => !/^\d+$/.test(match[1]!) && !match[1]!.includes(','))
      .map((match) => {
        const place = start + from + match.index + 1
        return { operator: 'index 0', start: place, end: place + match[1]!.length, text: '0', removesOnly: false }
      })
  })
}

/** Where one of a template's own signals is read: another one of the same dimensions, the next in the order of declaration. */
function mutateConnections(code: string, statements: readonly Statement[]): Edit[] {
  return listTemplates(code).flatMap((template) => {
    const own = statements.filter(({ start }) => template.start < start && start < template.end)
    const dimensions = new Map<string, string>()
    for (const { text } of own) {
      const declared = text.match(/^signal (?:input |output )?(\w+)((?:\[[^\]]*\])*)/)
      if (declared) dimensions.set(declared[1]!, declared[2]!)
    }
    const names = [...dimensions.keys()]
    return own.flatMap(({ start, text }) => {
      const sign = text.match(/<==|===|\+=/)
      if (sign === null) return []
      const from = sign.index! + sign[0].length
      const assigned = text.match(/^(?:signal )?(\w+)/)?.[1]
      return [...text.slice(from).matchAll(/(?<![\w.])[A-Za-z]\w*(?!\w|\()/g)].flatMap((match) => {
        const peers = names.filter((name) => dimensions.get(name) === dimensions.get(match[0]) && name !== assigned)
        const own = peers.indexOf(match[0])
        const other = own < 0 || peers.length < 2 ? undefined : peers[(own + 1) % peers.length]
        if (other === undefined) return []
        const place = start + from + match.index
        return [
          { operator: 'another signal', start: place, end: place + match[0].length, text: other, removesOnly: false },
        ]
      })
    })
  })
}

function listTemplates(code: string): { start: number; end: number }[] {
  const starts = [...code.matchAll(/^(template|function) /gm)].map(({ index }) => index)
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? code.length }))
}
