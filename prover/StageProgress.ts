import { performance } from 'node:perf_hooks'
import { Presets, SingleBar } from 'cli-progress'

/** Reports how far a stage is: a fraction in 0 .. 1 and what is being done. */
export type ReportProgress = (fraction: number, note?: string) => void

/**
 * Shows long work as it goes, on stderr so that stdout stays for results: a bar for each stage on a terminal, two lines for each elsewhere.
 * Keeps the seconds that each stage took.
 */
export class StageProgress {
  readonly seconds: Record<string, number> = {}
  readonly #stream: NodeJS.WriteStream
  readonly #isQuiet: boolean

  constructor({ isQuiet = false, stream = process.stderr }: { isQuiet?: boolean; stream?: NodeJS.WriteStream } = {}) {
    this.#isQuiet = isQuiet
    this.#stream = stream
  }

  /**
   * Runs one stage.
   * @param key under which the seconds are kept; repeated keys add up
   * @param title what a person reads
   */
  async run<Result>(key: string, title: string, work: (report: ReportProgress) => Promise<Result>): Promise<Result> {
    const start = performance.now()
    const display = this.#isQuiet ? undefined : this.#stream.isTTY ? this.#showBar(title) : this.#showLines(title)
    try {
      const result = await work((fraction, note) => display?.report(fraction, note))
      display?.end(true, (performance.now() - start) / 1000)
      return result
    } catch (error) {
      display?.end(false, (performance.now() - start) / 1000)
      throw error
    } finally {
      this.seconds[key] = (this.seconds[key] ?? 0) + (performance.now() - start) / 1000
    }
  }

  /** One line between the others, above the bar where there is one. */
  log(text: string): void {
    if (this.#isQuiet) return
    // The bar redraws itself on the line that follows.
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`)
  }

  #showBar(title: string): StageDisplay {
    const format = `  ${title.padEnd(TITLE_WIDTH)} {bar} {percentage}%  {note}`
    const bar = new SingleBar(
      { format, stream: this.#stream, clearOnComplete: true, hideCursor: true, barsize: 24 },
      Presets.rect,
    )
    bar.start(1000, 0, { note: '' })
    return {
      report: (fraction, note = '') => bar.update(Math.round(fraction * 1000), { note }),
      end: (isDone, seconds) => {
        bar.stop()
        this.#writeEnd(title, isDone, seconds)
      },
    }
  }

  #showLines(title: string): StageDisplay {
    this.#stream.write(`  ${title} ...\n`)
    return { report: () => undefined, end: (isDone, seconds) => this.#writeEnd(title, isDone, seconds) }
  }

  #writeEnd(title: string, isDone: boolean, seconds: number): void {
    this.#stream.write(`${stageEnd(title, isDone, seconds)}\n`)
  }
}

/** How a stage that has ended is shown. */
export function stageEnd(title: string, isDone: boolean, seconds: number): string {
  return `${isDone ? '✔' : '✘'} ${title.padEnd(TITLE_WIDTH)} ${seconds.toFixed(1).padStart(6)} s`
}

type StageDisplay = { report: ReportProgress; end: (isDone: boolean, seconds: number) => void }

const TITLE_WIDTH = 46
