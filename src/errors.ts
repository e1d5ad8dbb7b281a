/**
 * Every failure that a caller can act on. `code` is stable and machine-readable, `hint` names the command or the change
 * that mends it, `cause` keeps what was caught.
 */
export class PoaError extends Error {
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(escapeControls(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.hint = options.hint
  }
}

/** A stranger can name fields, such as the unknown key of an object. */
const LONGEST_FIELD = 200
const LONGEST_VALUE = 120

/** Stands for a value that is private. */
export const WITHHELD = '(withheld)'

/** A value that a caller handed in is out of its bound. Nothing is coerced: the field, the bound and the value are named. */
export class InvalidInputError extends PoaError {
  readonly field: string
  readonly bound: string
  readonly value: unknown

  constructor(field: string, bound: string, value: unknown, options: { hint?: string; cause?: unknown } = {}) {
    // Salts hide the rest of a trace, so no message or log may ever hold one.
    const shown = /salts?(\[\d+\])?$/i.test(field) && value !== undefined ? WITHHELD : value
    const name = cut(field, LONGEST_FIELD)
    super('INVALID_INPUT', `${name.replaceAll('\n', '\\n')} must be ${bound}, got ${describeValue(shown)}`, options)
    this.field = name
    this.bound = bound
    this.value = shown
  }
}

/** A value as one short line for a message. */
export function describeValue(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return String(value)
  let text: string
  try {
    text =
      JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? inner.toString() : inner)) ?? typeof value
  } catch {
    text = 'a value that cannot be shown' // circular, or nested too deep
  }
  return cut(text, LONGEST_VALUE)
}

const cut = (text: string, longest: number) => (text.length > longest ? `${text.slice(0, longest - 3)}...` : text)

/**
 * Messages quote what strangers wrote, and terminals obey control characters and reverse text: all of them become escapes, but for the line feed,
 * which compilers' output needs.
 */
function escapeControls(text: string): string {
  return text.replace(
    /[^\P{Cc}\n]|[\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  )
}
