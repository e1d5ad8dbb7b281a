/**
 * Every failure that a caller can act on. `code` is stable and machine-readable, `hint` names the command or the change
 * that mends it, `cause` keeps what was caught.
 */
export class PoaError extends Error {
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.hint = options.hint
  }
}

/** A value that a caller handed in is out of its bound. Nothing is coerced: the field, the bound and the value are named. */
export class InvalidInputError extends PoaError {
  readonly field: string
  readonly bound: string
  readonly value: unknown

  constructor(field: string, bound: string, value: unknown, options: { hint?: string; cause?: unknown } = {}) {
    super('INVALID_INPUT', `${field} must be ${bound}, got ${describeValue(value)}`, options)
    this.field = field
    this.bound = bound
    this.value = value
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
      JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? inner.toString() : inner)) ?? String(value)
  } catch {
    text = String(value)
  }
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
