import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'

/**
 * Figures that follow from the mirror alone and cost a look at all of it. They are made again when a block with events comes or goes, and only when
 * somebody asks: its hash names all that came before, so nothing is told that a reorganisation has changed.
 */
export class PerBlock<Figures> {
  readonly #kysely: Kysely<Tables>
  readonly #make: (kysely: Kysely<Tables>) => Promise<Figures>
  #made: { readonly block: string; readonly figures: Promise<Figures> } | undefined

  constructor(kysely: Kysely<Tables>, make: (kysely: Kysely<Tables>) => Promise<Figures>) {
    this.#kysely = kysely
    this.#make = make
  }

  async read(): Promise<Figures> {
    const newest = await this.#kysely
      .selectFrom('blocks')
      .select('hash')
      .where('has_events', '=', true)
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst()
    const block = newest?.hash ?? ''
    if (this.#made?.block !== block) {
      const made = { block, figures: this.#make(this.#kysely) }
      this.#made = made
      // What failed is not kept: whoever asks next makes it anew.
      made.figures.catch(() => {
        if (this.#made === made) this.#made = undefined
      })
    }
    return this.#made.figures
  }
}
