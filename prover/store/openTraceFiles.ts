import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import { type TraceSubmission, traceSubmission } from '../../src/api/submission.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { parseStrictly, toJson } from '../../src/statement/traceBatchSchema.ts'
import { gatherCalls } from './gatherCalls.ts'
import { toFileError } from './toFileError.ts'

export type PendingTrace = { readonly hash: string; readonly submission: TraceSubmission }

/**
 * Accepted traces as files, each named by the SHA-256 of its content: what the database may lose with the power, it gets back from here.
 *
 *     pending/ab12….json     may be needed again: as many as the backlog allows
 *     closed/ab/ab12….json   done with: ever more
 *     cancelled/ab12….json   taken back by its operator
 *     damaged/ab12….json     content and name differ
 *     drafts/                being written
 */
export type TraceFiles = {
  /**
   * Once this resolves, the trace survives a power cut. Writing the same trace again changes nothing.
   * @returns the file's hash: 64 lower-case hex digits
   * @throws PoaError STORAGE_FULL
   */
  write(submission: TraceSubmission): Promise<string>
  /** Every pending trace, in no particular order. A file that is torn or altered is set aside, and logged by its hash. */
  readPending(): AsyncIterable<PendingTrace>
  /** The trace is done with. A hash that is closed or unknown is none of our business. */
  close(hash: string): Promise<void>
  /** Its operator took the trace back. Once this resolves, that survives a power cut. */
  cancel(hash: string): Promise<void>
  /** Hashes of all that was taken back. */
  listCancelled(): Promise<ReadonlySet<string>>
}

const HASH = /^[0-9a-f]{64}$/
const FILE_NAME = /^([0-9a-f]{64})\.json$/
/** A draft that old belongs to no write that is under way. */
const STALE_DRAFT_MS = 3_600_000

export function openTraceFiles(directory: string, logger: Logger): TraceFiles {
  const pending = join(directory, 'pending')
  const drafts = join(directory, 'drafts')
  const cancelled = join(directory, 'cancelled')
  // Names that came while it was being synced wait for the next time: many traces at once cost few turns of the disk.
  const syncPending = gatherCalls<undefined, undefined>(async (asked) => {
    await syncDirectory(pending)
    return asked
  }, Number.POSITIVE_INFINITY)
  /** Directories that are there and are known to the disk. */
  const durable = new Map<string, Promise<void>>()

  async function write(submission: TraceSubmission): Promise<string> {
    const content = canonicalJson(submission)
    const hash = createHash('sha256').update(content).digest('hex')
    const draft = join(drafts, `${hash}-${randomUUID()}`)
    try {
      await Promise.all([ensureDirectory(pending), ensureDirectory(drafts)])
      await writeDurably(draft, content)
      await rename(draft, join(pending, `${hash}.json`))
      await syncPending(undefined)
    } catch (error) {
      await rm(draft, { force: true })
      throw toFileError(error, directory)
    }
    return hash
  }

  function ensureDirectory(path: string): Promise<void> {
    let made = durable.get(path)
    if (made === undefined) {
      made = makeDirectory(path)
      durable.set(path, made)
      made.catch(() => durable.delete(path)) // so that the next write tries again
    }
    return made
  }

  async function* readPending(): AsyncIterable<PendingTrace> {
    await removeStaleDrafts()
    for (const name of await list(pending)) {
      const hash = FILE_NAME.exec(name)?.[1]
      if (hash === undefined) continue
      const path = join(pending, name)
      const content = await readIfThere(path)
      if (content === undefined) continue // closed in the meantime
      const submission = parseVerified(content, hash)
      if (submission) yield { hash, submission }
      else await setAside(path, hash)
    }
  }

  async function setAside(path: string, hash: string): Promise<void> {
    await mkdir(join(directory, 'damaged'), { recursive: true, mode: 0o700 })
    await rename(path, join(directory, 'damaged', `${hash}.json`))
    logger.error({ hash }, 'trace file is damaged and was set aside')
  }

  async function removeStaleDrafts(): Promise<void> {
    for (const name of await list(drafts)) {
      const path = join(drafts, name)
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
      if (Date.now() - mtimeMs > STALE_DRAFT_MS) await rm(path, { force: true })
    }
  }

  async function close(hash: string): Promise<void> {
    requireHash(hash)
    const target = join(directory, 'closed', hash.slice(0, 2))
    await mkdir(target, { recursive: true, mode: 0o700 })
    // Not synced: if it is lost, the trace is found pending once more, and closed once more.
    await moveFromPending(hash, target)
  }

  async function cancel(hash: string): Promise<void> {
    requireHash(hash)
    try {
      await ensureDirectory(cancelled)
      await moveFromPending(hash, cancelled)
      await Promise.all([syncDirectory(cancelled), syncPending(undefined)])
    } catch (error) {
      throw toFileError(error, directory)
    }
  }

  async function moveFromPending(hash: string, target: string): Promise<void> {
    try {
      await rename(join(pending, `${hash}.json`), join(target, `${hash}.json`))
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }

  async function listCancelled(): Promise<ReadonlySet<string>> {
    return new Set((await list(cancelled)).flatMap((name) => FILE_NAME.exec(name)?.[1] ?? []))
  }

  return { write, readPending, close, cancel, listCancelled }
}

function requireHash(hash: string): void {
  if (!HASH.test(hash)) throw new InvalidInputError('hash', '64 lower-case hex digits', hash)
}

/** The same text for the same values, in whatever order they came. */
function canonicalJson(submission: TraceSubmission): string {
  return toJson(Object.fromEntries(Object.entries(submission).sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** @returns undefined for content that is not what its name says */
function parseVerified(content: Buffer, hash: string): TraceSubmission | undefined {
  if (createHash('sha256').update(content).digest('hex') !== hash) return undefined
  try {
    return parseStrictly(traceSubmission, JSON.parse(content.toString('utf8')), 'trace')
  } catch {
    return undefined // what is wrong with it may quote it, and it is private
  }
}

async function writeDurably(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** With its parents, each of them known to the disk. */
async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  // Even where it was there before, whoever made it may not have come so far.
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made))
    if (made === (first ?? path)) return
  }
}

/** A new name in a directory is durable once the directory is. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const list = (path: string) => readdir(path).catch(unlessMissing<string[]>([]))
const readIfThere = (path: string) => readFile(path).catch(unlessMissing<Buffer | undefined>(undefined))

function unlessMissing<Value>(value: Value) {
  return (error: unknown): Value => {
    if (codeOf(error) === 'ENOENT') return value
    throw error
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code
