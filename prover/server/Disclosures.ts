import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { isAddressEqual } from 'viem'
import { PoaError } from '../../src/errors.ts'
import { earningWeiRoundedDown } from '../../src/statement/bookBatch.ts'
import { buildStatement, type TraceBatch } from '../../src/statement/buildStatement.ts'
import { hashBatch } from '../../src/statement/context.ts'
import { parseTraceBatch, toJson } from '../../src/statement/traceBatchSchema.ts'
import { describeForLog } from '../describeForLog.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import { fromPinnedBatches } from '../store/fromPinnedBatches.ts'
import type { Tables } from '../store/tables.ts'

/** What the chain has of a batch that a disclosure has to open. A reorganisation that changes any of it leaves the file unshown. */
export type SealedAs = {
  readonly batchHash: string
  readonly weightsCommitment: bigint
  readonly indexCommitment: bigint
}

/** One file as it was read last. */
type DisclosedFile = {
  readonly path: string
  readonly version: string
  readonly sha256: string
  /** undefined when there is no batch of this chain in it. */
  readonly batchId: bigint | undefined
  /** The key of what it opens. */
  opens?: string
  /** What was settled under that id when it did not open it: after a reorganisation it may be something else. */
  refusedFor?: string
}

type SettledRow = {
  readonly batch_id: bigint
  readonly batch_hash: string
  readonly weights_commitment: bigint
  readonly index_commitment: bigint
  readonly earnings_wei: readonly string[]
}

/** Files that one look at the folder reads, and as many that it checks: a shutdown waits for it. */
const MOST_AT_ONCE = 20
/** Far above a batch of the largest shape. */
const LARGEST_FILE_BYTES = 64 << 20
/** Failures of the machine: they say nothing of the file that was to be read. */
const PASSING_FAILURES = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']

/**
 * Settled batches that the operator chose to disclose: files as `poa batch disclose` writes them, in one folder. A file is shown once it opens the
 * sealed commitments and the registered head and index, and adds up to what was booked. One that does not is logged, and stays unshown. What is kept
 * in memory is which file opens which batch.
 */
export class Disclosures {
  readonly #directory: string | undefined
  readonly #kysely: Kysely<Tables>
  readonly #chain: Pick<NodeChain, 'chainId' | 'deployment'>
  readonly #logger: Logger
  readonly #files = new Map<string, DisclosedFile>()
  #shown = new Map<string, DisclosedFile>()

  /** @param directory of JSON files; undefined for none */
  constructor({
    directory,
    kysely,
    chain,
    logger,
  }: {
    directory: string | undefined
    kysely: Kysely<Tables>
    chain: Pick<NodeChain, 'chainId' | 'deployment'>
    logger: Logger
  }) {
    this.#directory = directory
    this.#kysely = kysely
    this.#chain = chain
    this.#logger = logger
  }

  has(sealed: SealedAs): boolean {
    return this.#shown.has(keyOf(sealed))
  }

  /** @returns the disclosed batch; undefined when there is none, or its file is no longer what it was when it was checked */
  async read(sealed: SealedAs): Promise<TraceBatch | undefined> {
    const file = this.#shown.get(keyOf(sealed))
    if (file === undefined) return undefined
    const content = await readFile(file.path).catch(() => undefined)
    if (content === undefined || hashOf(content) !== file.sha256) return undefined
    return parseTraceBatch(JSON.parse(content.toString('utf8')))
  }

  /**
   * Looks at the folder: reads files that are new or have changed, checks those whose batch has been settled, some at a time, and forgets those that are
   * gone.
   * @returns whether there is more to do at once
   * @throws what says nothing of a file; the next look reads it again
   */
  async refresh(): Promise<boolean> {
    if (this.#directory === undefined) return false
    const versions = await this.#listVersions(this.#directory)
    for (const path of this.#files.keys()) if (!versions.has(path)) this.#files.delete(path)
    const changed = [...versions].filter(([path, version]) => this.#files.get(path)?.version !== version)
    for (const [path, version] of changed.slice(0, MOST_AT_ONCE)) this.#files.set(path, await this.#open(path, version))
    const settled = await this.#findSettled()
    for (const { file, row } of settled.slice(0, MOST_AT_ONCE)) await this.#check(file, row)
    this.#shown = new Map(
      [...this.#files.values()].flatMap((file) => (file.opens === undefined ? [] : [[file.opens, file]])),
    )
    return changed.length > MOST_AT_ONCE || settled.length > MOST_AT_ONCE
  }

  /** Of an entry that cannot be looked at the reason is its version: it hides no other, and is looked at again once the reason changes. */
  async #listVersions(directory: string): Promise<Map<string, string>> {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort()
    const versions = new Map<string, string>()
    for (const name of names) {
      const path = join(directory, name)
      const version = await stat(path).then(
        // Of the times the one that a change of its permissions moves as well.
        ({ size, ctimeMs, ino }) => `${ino} ${size} ${ctimeMs}`,
        (error) => String(error.code),
      )
      versions.set(path, version)
    }
    return versions
  }

  async #open(path: string, version: string): Promise<DisclosedFile> {
    try {
      if ((await stat(path)).size > LARGEST_FILE_BYTES)
        throw new PoaError('DISCLOSURE_TOO_LARGE', `${path} has more than ${LARGEST_FILE_BYTES} bytes`)
      const content = await readFile(path)
      const { batchId, chainId, settlement } = parseJson(path, content).context
      const { deployment } = this.#chain
      if (chainId !== BigInt(this.#chain.chainId) || !isAddressEqual(settlement, deployment.inferenceEscrow))
        throw new PoaError('DISCLOSURE_OF_OTHER_CHAIN', `${path} is of chain ${chainId}, escrow ${settlement}`)
      return { path, version, sha256: hashOf(content), batchId }
    } catch (error) {
      this.#refuse(path, error)
      return { path, version, sha256: '', batchId: undefined }
    }
  }

  /** Files that have not been checked against what the chain has settled under the id that they name, with that. */
  async #findSettled(): Promise<{ file: DisclosedFile; row: SettledRow }[]> {
    const waiting = [...this.#files.values()].filter(
      ({ batchId, opens }) => batchId !== undefined && opens === undefined,
    )
    if (waiting.length === 0) return []
    const rows = await fromPinnedBatches(this.#kysely)
      .innerJoin('batch_bookings as k', 'k.batch_id', 'b.batch_id')
      .select(['b.batch_id', 'b.batch_hash', 'v.weights_commitment', 'i.index_commitment', 'k.earnings_wei'])
      .where(
        'b.batch_id',
        'in',
        waiting.map(({ batchId }) => batchId!),
      )
      .execute()
    const settled = new Map(rows.map((row) => [row.batch_id, row]))
    return waiting.flatMap((file) => {
      const row = settled.get(file.batchId!)
      return row === undefined || file.refusedFor === toJson(row) ? [] : [{ file, row }]
    })
  }

  /** Notes what the file opens, or that it does not. */
  async #check(file: DisclosedFile, row: SettledRow): Promise<void> {
    const { path } = file
    try {
      const content = await readFile(path)
      const batch = parseJson(path, content)
      const { publicSignals, sealed, earnings } = buildStatement(batch)
      const differs = (what: string) =>
        new PoaError('DISCLOSURE_DIFFERS', `${path} does not open batch ${row.batch_id}: its ${what} differ`)
      if (hashOf(content) !== file.sha256) throw differs('bytes, since they were first read,')
      if (hashBatch(sealed) !== row.batch_hash) throw differs('requests, pools or commitments')
      if (publicSignals.weightsCommitment !== row.weights_commitment) throw differs('head and the registered one')
      if (publicSignals.indexCommitment !== row.index_commitment) throw differs('index and the registered one')
      if (earnings.map((earning) => `${earningWeiRoundedDown(earning)}`).join() !== row.earnings_wei.join())
        throw differs('earnings and those that were booked')
      file.opens = keyOf({
        batchHash: row.batch_hash,
        weightsCommitment: row.weights_commitment,
        indexCommitment: row.index_commitment,
      })
    } catch (error) {
      this.#refuse(path, error)
      file.refusedFor = toJson(row)
    }
  }

  #refuse(path: string, error: unknown): void {
    if (PASSING_FAILURES.includes(String((error as NodeJS.ErrnoException).code))) throw error
    this.#logger.warn({ file: path, error: describeForLog(error) }, 'disclosure not shown')
  }
}

function keyOf({ batchHash, weightsCommitment, indexCommitment }: SealedAs): string {
  return `${batchHash} ${weightsCommitment} ${indexCommitment}`
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function parseJson(path: string, content: Buffer): TraceBatch {
  let json: unknown
  try {
    json = JSON.parse(content.toString('utf8'))
  } catch {
    // Without the parser's error: it quotes an excerpt.
    throw new PoaError('FILE_NOT_JSON', `${path} is not JSON`)
  }
  return parseTraceBatch(json)
}
