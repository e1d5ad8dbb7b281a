/** The page's colours, as the style sheet has them in the present theme. */
export type Palette = {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly surface: string
  readonly accent: string
  readonly loss: string
  /** For what is compared, in an order in which neighbours differ. */
  readonly series: readonly string[]
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(name).trim()
  return {
    text: read('--text'),
    muted: read('--muted'),
    line: read('--line'),
    surface: read('--surface'),
    accent: read('--accent'),
    loss: read('--loss'),
    series: [1, 2, 3, 4, 5].map((i) => read(`--series-${i}`)),
  }
}
