import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockDirectory } from '../../../prover/store/lockDirectory.ts'
import { runScript } from './runScript.ts'

let root: string
const newDirectory = () => mkdtemp(join(root, 'directory-'))
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'poa-test-locks-'))
})
afterAll(() => rm(root, { recursive: true }))

test('default: a directory has one holder at a time, and is made if need be', async () => {
  const directory = join(await newDirectory(), 'made', 'for', 'it')
  const lock = await lockDirectory(directory)
  await expect(lockDirectory(directory)).rejects.toMatchObject({
    code: 'DATABASE_LOCKED',
    message: expect.stringContaining(`process ${process.pid}`),
  })
  await lock.release()
  await (await lockDirectory(directory)).release()
  expect(await readdir(directory)).toEqual(['lock-2'])
})

test('behavior: of several processes that find a dead lock, one gets it', async () => {
  const directory = await newDirectory()
  const script = runScript('./lockAndWait.ts', directory)
  await once(script.stdout, 'data')
  script.kill('SIGKILL')
  await once(script, 'exit')
  const racers = Array.from({ length: 4 }, () => runScript('./lockAndWait.ts', directory))
  const answers = await Promise.all(racers.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])))
  expect(answers.sort()).toEqual([...Array(3).fill('DATABASE_LOCKED'), 'locked'])
  await Promise.all(racers.map((racer) => racer.kill('SIGKILL') && once(racer, 'exit')))
})

test('behavior: a lock that a power cut has torn is free', async () => {
  const directory = await newDirectory()
  await writeFile(join(directory, 'lock-1'), '\0\0\0')
  await (await lockDirectory(directory)).release()
  expect(await readdir(directory)).toEqual(['lock-2'])
})

test('error: DATABASE_LOCKED by a host whose processes cannot be seen', async () => {
  const directory = await newDirectory()
  const owner = { pid: process.pid, host: 'elsewhere.example', startedAt: '' }
  await writeFile(join(directory, 'lock-7'), JSON.stringify(owner))
  await expect(lockDirectory(directory)).rejects.toMatchObject({
    code: 'DATABASE_LOCKED',
    message: expect.stringContaining('elsewhere.example'),
    hint: expect.stringContaining('remove the file'),
  })
})

test('behavior: a lock of a process whose number another one has now is dead', async () => {
  const directory = await newDirectory()
  const earlier = { pid: process.pid, host: hostname(), startedAt: '1' }
  await writeFile(join(directory, 'lock-7'), JSON.stringify(earlier))
  const lock = await lockDirectory(directory)
  await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'DATABASE_LOCKED' })
  await lock.release()
  await (await lockDirectory(directory)).release()
  expect((await readdir(directory)).filter((name) => name.startsWith('lock'))).toEqual(['lock-9'])
})
