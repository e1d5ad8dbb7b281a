import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openReports, readReports } from '../../scripts/sanitize/reports.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poa-test-reports-'))
})
afterEach(() => rm(directory, { recursive: true }))

const NODE = basename(process.execPath)
const stack = (...modules: string[]) =>
  modules.map((name, i) => `    #${i} some(void*, f()) a.cpp:${i} (${name}+0x2${i})`).join('\n')
/** A report of a race between two stacks, as the thread sanitizer writes it. */
const race = (first: string, second: string) => `==================
WARNING: ThreadSanitizer: data race (pid=1)
  Write of size 8 at 0x7b3000006338 by thread T3:
${first}

  Previous write of size 1 at 0x7b3000006338 by main thread:
${second}

  Location is heap block of size 8 at 0x7b040000fde0 allocated by main thread:
${stack('libtsan.so.2.0.0', 'plain.node')}

  Thread T3 (tid=2, running) created by main thread at:
${stack('libtsan.so.2.0.0', 'plain.node', NODE)}

SUMMARY: ThreadSanitizer: data race
==================
`
const FORGOTTEN = '    [failed to restore the stack]'
const read = async (text: string, errors = '') => {
  await writeFile(join(directory, 'report.1'), text)
  const { findings, ofNode } = await readReports(directory, errors)
  return [findings.length, ofNode]
}

test('default: each report of each process counts', async () => {
  const overflow = `a.h:1:2: runtime error: load of misaligned address\n0x7ffd: note\n 00\n   ^\n${stack('plain.node')}\n`
  const address = `=====\n==1==ERROR: AddressSanitizer: heap-buffer-overflow\n${stack('libasan.so', NODE)}\n==1==ABORTING\n`
  await writeFile(join(directory, 'report.2'), race(stack('plain.node'), stack('plain.node')))
  expect(await read(address, `${overflow}something else\n\n${overflow}`)).toEqual([4, 0])
})

test('behavior: races of Node with itself are told from those of the engine', async () => {
  const ofNode = stack('libtsan.so.2.0.0', NODE)
  const ofEngine = stack('libtsan.so.2.0.0', 'plain.node', NODE)
  const byLibrary = stack('libtsan.so.2.0.0', 'libc.so.6', NODE)
  expect(await read(race(ofNode, byLibrary) + race(ofNode, FORGOTTEN))).toEqual([0, 2])
  expect(await read(race(ofNode, ofEngine) + race(ofEngine, ofNode) + race(ofEngine, FORGOTTEN))).toEqual([3, 0])
  expect(await read(race(FORGOTTEN, FORGOTTEN))).toEqual([1, 0])
  expect(await read('ThreadSanitizer: reported 3 warnings\n')).toEqual([0, 0])
})

test('behavior: what an earlier run reported is gone', async () => {
  const built = { directory, builds: [], preload: '' }
  const { directory: reports } = await openReports(built, 'x')
  await writeFile(join(reports, 'report.1'), 'old')
  expect(await readReports(reports, '')).toMatchObject({ findings: ['old'] })
  await openReports(built, 'x')
  expect(await readdir(reports)).toEqual([])
})
