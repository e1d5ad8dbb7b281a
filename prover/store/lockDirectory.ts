import { link, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { PoaError } from '../../src/errors.ts'

const LOCK_NAME = /^lock-(\d+)$/

/** Who holds a lock: written before the file gets its name, emptied on release. */
type Owner = { readonly pid: number; readonly host: string; readonly startedAt: string }

/**
 * Takes a directory for this process until `release`. A lock whose process is dead is taken over; one of another host (or container) is not, since
 * its processes cannot be seen from here.
 *
 * Locks are numbered, and the highest one counts. Whoever finds it released or dead links the next number, which only one process can do; so no
 * two can take over the same dead lock, however they are delayed. The highest file is never removed, only emptied: numbers never go down.
 * @throws PoaError DATABASE_LOCKED
 */
export async function lockDirectory(directory: string): Promise<{ release(): Promise<void> }> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const owner: Owner = { pid: process.pid, host: hostname(), startedAt: await startOf(process.pid) }
  const draft = join(directory, `draft-${process.pid}-${crypto.randomUUID()}`)
  try {
    await writeFile(draft, JSON.stringify(owner), { mode: 0o600 })
    const earlier = await listLocks(directory)
    const highest = earlier.at(-1)
    if (highest !== undefined) await requireFree(nameOf(directory, highest))
    const mine = (highest ?? 0) + 1
    try {
      await link(draft, nameOf(directory, mine))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw locked(nameOf(directory, mine), 'another process')
      throw error
    }
    // We may have been slow, and linked a number that has long been passed and removed.
    if ((await listLocks(directory)).at(-1) !== mine) {
      await rm(nameOf(directory, mine), { force: true })
      throw locked(directory, 'another process')
    }
    for (const number of earlier) await rm(nameOf(directory, number), { force: true })
    return { release: () => truncate(nameOf(directory, mine)) }
  } finally {
    await rm(draft, { force: true })
  }
}

const nameOf = (directory: string, number: number) => join(directory, `lock-${number}`)

/** Ascending. */
async function listLocks(directory: string): Promise<number[]> {
  const names = await readdir(directory)
  return names
    .flatMap((name) => LOCK_NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}

async function requireFree(file: string): Promise<void> {
  const owner = await readOwner(file)
  if (!owner) return
  const { pid, host, startedAt } = owner
  if (host !== hostname()) throw locked(file, `process ${pid} of host ${host}`)
  if (isRunning(pid) && (await startOf(pid)) === startedAt) throw locked(file, `process ${pid}`)
}

/** @returns undefined for a lock that was released, or that a power cut has emptied: it was whole before it had its name */
async function readOwner(file: string): Promise<Owner | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // Only whoever holds a higher one removes it.
    throw error.code === 'ENOENT' ? locked(file, 'another process') : error
  })
  try {
    return JSON.parse(text) as Owner
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process started, in ticks since boot, so that another process with the same number is told apart; '' where the system does not say. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold anything; the 22nd field is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function locked(file: string, who: string): PoaError {
  return new PoaError('DATABASE_LOCKED', `${who} uses the database: ${file}`, {
    hint: 'stop the other node; if it is gone for good, remove the file',
  })
}
