import { type AstNode, rangeOf } from './solidityAst.ts'

/** A change of some bytes of a source to other text. */
export type Replacement = { readonly start: number; readonly end: number; readonly text: string }

/** In place of a node. */
export const replace = (node: AstNode, text: string): Replacement => ({ ...rangeOf(node), text })

/** A source that is addressed by byte, as solc does, with changes that hold wherever its text is read. */
export class SourceText {
  readonly #bytes: Buffer
  readonly #changes: readonly Replacement[]

  constructor(text: string | Buffer, changes: readonly Replacement[] = []) {
    this.#bytes = Buffer.from(text)
    this.#changes = changes
  }

  /** The same source with other changes. */
  withChanges(changes: readonly Replacement[]): SourceText {
    return new SourceText(this.#bytes, changes)
  }

  /** The text from one byte to before another, with one more change. What that replaces is not changed otherwise. */
  between(start: number, end: number, change?: Replacement): string {
    const changes = this.#changes.filter((other) => start <= other.start && other.end <= end)
    const outside = changes.filter((other) => !change || other.end <= change.start || other.start >= change.end)
    return applyAll(this.#bytes, start, end, change ? [...outside, change] : outside)
  }

  /** The text of a node. */
  of(node: AstNode, change?: Replacement): string {
    const { start, end } = rangeOf(node)
    return this.between(start, end, change)
  }

  /** The whole text with larger changes, whose text was made of this one's: what lies inside them is not changed again. */
  whole(changes: readonly Replacement[]): string {
    const others = this.#changes.filter(
      (small) => !changes.some(({ start, end }) => start <= small.start && small.end <= end && start < end),
    )
    return applyAll(this.#bytes, 0, this.#bytes.length, [...others, ...changes])
  }

  /** The line, from 1, that a byte is in. */
  lineOf(byte: number): number {
    return this.#bytes.subarray(0, byte).toString().split('\n').length
  }

  /** The first byte at or after one that begins with some text. */
  find(text: string, from: number): number {
    return this.#bytes.indexOf(text, from)
  }
}

function applyAll(bytes: Buffer, start: number, end: number, changes: readonly Replacement[]): string {
  let at = start
  const parts: string[] = []
  for (const change of [...changes].sort((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(bytes.subarray(at, change.start).toString(), change.text)
    at = change.end
  }
  return [...parts, bytes.subarray(at, end).toString()].join('')
}
