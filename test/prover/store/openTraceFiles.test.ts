import { createHash } from 'node:crypto'
import * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openTraceFiles, type TraceFiles } from '../../../prover/store/openTraceFiles.ts'
import type { TraceSubmission } from '../../../src/api/submission.ts'
import { silent } from './openTestDatabase.ts'

// So that a test can take the place of `open`.
vi.mock('node:fs/promises', async (importOriginal) => ({ ...(await importOriginal<typeof files>()) }))

let root: string
const newDirectory = () => files.mkdtemp(join(root, 'traces-'))
beforeAll(async () => {
  root = await files.mkdtemp(join(tmpdir(), 'poa-test-files-'))
})
afterAll(() => files.rm(root, { recursive: true }))

/** What no log may hold. */
const SECRET = 987654321n

const submission = (requestId: bigint): TraceSubmission => ({
  chainId: 31337n,
  escrow: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  modelId: 1n,
  requestId,
  inputCommitment: 2n ** 250n,
  outputCommitment: 3n,
  features: [-127, 0, 127],
  label: 1,
  inputSalt: SECRET,
  outputSalt: 5n,
  nonce: 0n,
  deadline: 1_900_000_000n,
  signature: `0x${'ab'.repeat(65)}`,
})
const pathOf = (directory: string, state: 'pending' | 'closed', hash: string) =>
  join(directory, state, state === 'closed' ? hash.slice(0, 2) : '', `${hash}.json`)
async function readAll(traces: TraceFiles) {
  const found = []
  for await (const pending of traces.readPending()) found.push(pending)
  return found.sort((a, b) => Number(a.submission.requestId - b.submission.requestId))
}

test('default: what is written is read back, from a file named by its hash that only its owner reads', async () => {
  const directory = join(await newDirectory(), 'made', 'for', 'it')
  const traces = openTraceFiles(directory, silent)
  const hashes = await Promise.all([1n, 2n, 3n].map((id) => traces.write(submission(id))))
  expect(await readAll(openTraceFiles(directory, silent))).toEqual(
    hashes.map((hash, i) => ({ hash, submission: submission(BigInt(i + 1)) })),
  )
  const path = pathOf(directory, 'pending', hashes[0]!)
  expect(
    createHash('sha256')
      .update(await files.readFile(path))
      .digest('hex'),
  ).toBe(hashes[0])
  expect((await files.stat(path)).mode & 0o777).toBe(0o600)
  expect((await files.stat(directory)).mode & 0o777).toBe(0o700)
  expect(await files.readdir(join(directory, 'drafts'))).toEqual([])
})

/**
 * Records what is synced, by its path below a directory, until `open.mockRestore()`.
 * @param look called before each sync with the number of those that are done
 */
function recordSyncs(directory: string, look: (before: number) => Promise<void> = async () => undefined) {
  const synced: string[] = []
  const original = files.open
  const open = vi.spyOn(files, 'open').mockImplementation(async (path, ...rest) => {
    const handle = await original(path, ...rest)
    const sync = handle.sync.bind(handle)
    handle.sync = async () => {
      await look(synced.length)
      await sync()
      synced.push(String(path).replace(directory, ''))
    }
    return handle
  })
  return { synced, open }
}

test('behavior: file and directories are on the disk before write resolves, each before the name that leads to it', async () => {
  const directory = join(await newDirectory(), 'traces')
  const { synced, open } = recordSyncs(directory)
  await openTraceFiles(directory, silent).write(submission(1n))
  open.mockRestore()
  // The directory above, which now names ours, comes as its whole path.
  expect(synced).toEqual(expect.arrayContaining([join(directory, '..'), '', '/pending']))
  expect(synced.at(-2)).toMatch(/^\/drafts\//)
  expect(synced.at(-1)).toBe('/pending')
})

test('behavior: traces that come together share the syncs of their directory, and none resolves before its own', async () => {
  const directory = join(await newDirectory(), 'traces')
  const traces = openTraceFiles(directory, silent)
  await traces.write(submission(1n))
  let syncs = 0
  const original = files.open
  const open = vi.spyOn(files, 'open').mockImplementation(async (path, ...rest) => {
    const handle = await original(path, ...rest)
    if (String(path).endsWith('pending')) {
      const named = await files.readdir(path as string)
      const sync = handle.sync.bind(handle)
      handle.sync = async () => {
        await sync()
        syncs++
        for (const name of named) durable.add(name)
      }
    }
    return handle
  })
  const durable = new Set<string>()
  const ids = Array.from({ length: 32 }, (_, i) => BigInt(i + 2))
  await Promise.all(ids.map(async (id) => expect(durable).toContain(`${await traces.write(submission(id))}.json`)))
  open.mockRestore()
  expect(syncs).toBeLessThan(ids.length)
})

test('behavior: the order of fields does not matter, and writing again changes nothing', async () => {
  const directory = await newDirectory()
  const traces = openTraceFiles(directory, silent)
  const hash = await traces.write(submission(1n))
  const turned = Object.fromEntries(Object.entries(submission(1n)).reverse()) as TraceSubmission
  expect(await Promise.all([traces.write(turned), traces.write(submission(1n))])).toEqual([hash, hash])
  expect(await readAll(traces)).toEqual([{ hash, submission: submission(1n) }])
})

test('behavior: a closed trace is no longer pending, and closing twice is harmless', async () => {
  const directory = await newDirectory()
  const traces = openTraceFiles(directory, silent)
  const [closed, kept] = await Promise.all([traces.write(submission(1n)), traces.write(submission(2n))])
  await traces.close(closed)
  await traces.close(closed)
  await traces.close('0'.repeat(64))
  expect(await readAll(traces)).toEqual([{ hash: kept, submission: submission(2n) }])
  expect(JSON.parse(await files.readFile(pathOf(directory, 'closed', closed), 'utf8'))).toMatchObject({
    requestId: '1',
  })
})

test('behavior: that a trace was taken back is on the disk before cancel resolves, and its file is not pending again', async () => {
  const directory = await newDirectory()
  const traces = openTraceFiles(directory, silent)
  expect(await traces.listCancelled()).toEqual(new Set())
  const [taken, kept] = await Promise.all([traces.write(submission(1n)), traces.write(submission(2n))])
  const { synced, open } = recordSyncs(directory, async (before) => {
    expect(await traces.listCancelled()).toEqual(before < 1 ? new Set() : new Set([taken]))
  })
  await traces.cancel(taken)
  open.mockRestore()
  // First that there is such a folder, then what is in it and no longer elsewhere.
  expect(synced).toEqual(['', expect.any(String), expect.any(String)])
  expect(synced.slice(1).sort()).toEqual(['/cancelled', '/pending'])
  await traces.cancel(taken)
  await traces.cancel('0'.repeat(64))
  expect(await traces.listCancelled()).toEqual(new Set([taken]))
  expect(await readAll(traces)).toEqual([{ hash: kept, submission: submission(2n) }])
})

test.each([
  ['torn', (content: string) => content.slice(0, -20)],
  ['altered', (content: string) => content.replace('"label":1', '"label":2')],
  ['empty', () => ''],
])('behavior: a file that is %s is set aside, and logged by its hash alone', async (_how, damage) => {
  const directory = await newDirectory()
  const lines: string[] = []
  const traces = openTraceFiles(directory, pino({}, { write: (line: string) => lines.push(line) }))
  const [hash, whole] = await Promise.all([traces.write(submission(1n)), traces.write(submission(2n))])
  const path = pathOf(directory, 'pending', hash)
  await files.writeFile(path, damage(await files.readFile(path, 'utf8')))
  expect((await readAll(traces)).map((pending) => pending.hash)).toEqual([whole])
  expect(await files.readdir(join(directory, 'damaged'))).toEqual([`${hash}.json`])
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ hash })
  expect(lines[0]).not.toMatch(/987654321|features|abab/)
  // The client sends it again.
  expect(await traces.write(submission(1n))).toBe(hash)
  expect(await readAll(traces)).toHaveLength(2)
})

test('behavior: a file whose hash is right but whose content is no trace is set aside', async () => {
  const directory = await newDirectory()
  const traces = openTraceFiles(directory, silent)
  await traces.write(submission(1n))
  const content = '{"features":[1]}'
  const hash = createHash('sha256').update(content).digest('hex')
  await files.writeFile(pathOf(directory, 'pending', hash), content)
  expect(await readAll(traces)).toHaveLength(1)
  expect(await files.readdir(join(directory, 'damaged'))).toEqual([`${hash}.json`])
})

test('behavior: old drafts of writes that never ended are removed, fresh ones are left to their writers', async () => {
  const directory = await newDirectory()
  const traces = openTraceFiles(directory, silent)
  await traces.write(submission(1n))
  for (const name of ['old', 'fresh']) await files.writeFile(join(directory, 'drafts', name), '{')
  const longAgo = Date.now() / 1000 - 7200
  await files.utimes(join(directory, 'drafts', 'old'), longAgo, longAgo)
  expect(await readAll(traces)).toHaveLength(1)
  expect(await files.readdir(join(directory, 'drafts'))).toEqual(['fresh'])
})

test.each(['ENOSPC', 'EDQUOT'])('error: STORAGE_FULL on %s, and nothing is left behind', async (code) => {
  const directory = await newDirectory()
  const traces = openTraceFiles(directory, silent)
  const hash = await traces.write(submission(1n))
  const original = files.open
  const open = vi.spyOn(files, 'open').mockImplementation(async (path, ...rest) => {
    const handle = await original(path, ...rest)
    handle.writeFile = async () => {
      throw Object.assign(new Error(code), { code })
    }
    return handle
  })
  await expect(traces.write(submission(2n))).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  open.mockRestore()
  expect(await readAll(traces)).toEqual([{ hash, submission: submission(1n) }])
  expect(await files.readdir(join(directory, 'drafts'))).toEqual([])
  expect(await traces.write(submission(2n))).toMatch(/^[0-9a-f]{64}$/)
})

test('error: a hash that is none leads nowhere', async () => {
  const traces = openTraceFiles(await newDirectory(), silent)
  for (const lead of [traces.close, traces.cancel])
    await expect(lead('../../etc')).rejects.toMatchObject({ code: 'INVALID_INPUT', field: 'hash' })
})
