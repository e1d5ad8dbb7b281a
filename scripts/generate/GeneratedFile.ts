/** A source that a command writes and a check compares. The path is relative to the repository. */
export type GeneratedFile = { readonly path: string; readonly content: string }
