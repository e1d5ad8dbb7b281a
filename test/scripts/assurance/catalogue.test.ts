/** The catalogue's own checks must be able to fail: each fault below is planted and has to be noticed. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { judgeCatalogue } from '../../../scripts/assurance/catalogue/judgeCatalogue.ts'
import {
  type Catalogue,
  type CatalogueEntry,
  GROUP_NAMES,
  GROUP_PREFIXES,
  type GroupName,
  readCatalogue,
  restingOnContracts,
} from '../../../scripts/assurance/catalogue/readCatalogue.ts'
import { meetsGate } from '../../../scripts/assurance/Part.ts'
import { REPOSITORY_ROOT } from '../../../scripts/circuits/compileCircuit.ts'
import { readForgeResults } from '../../../scripts/runForge.ts'
import { readVitestResults } from '../../../scripts/runVitest.ts'

const first = 'test/proof/made-up.test.ts > error: a made-up attack'
const second = 'verifier-contracts/test/MadeUp.t.sol > MadeUpTest > test_RevertWhen_MadeUp'
const bothPass = [
  { name: first, passed: true },
  { name: second, passed: true },
]
const entry = (id: string, ...tests: string[]): CatalogueEntry => ({ id, attack: 'made up', error: 'MADE_UP', tests })
const groupOf = (name: GroupName, entries: readonly CatalogueEntry[], goal = entries.length) => ({
  title: name,
  goal,
  entries,
})
/** A catalogue whose only entries are these, in Keys. */
const catalogueOf = (entries: readonly CatalogueEntry[], goal = entries.length): Catalogue => ({
  ...(Object.fromEntries(GROUP_NAMES.map((name) => [name, groupOf(name, [])])) as Catalogue),
  keys: groupOf('keys', entries, goal),
})
/** All of TypeScript and Solidity below these folders, as one text. */
async function readSources(folders: readonly string[]): Promise<string> {
  const texts: string[] = []
  for (const folder of folders) {
    for (const file of await readdir(join(REPOSITORY_ROOT, folder), { recursive: true })) {
      if (/\.(ts|sol)$/.test(file)) texts.push(await readFile(join(REPOSITORY_ROOT, folder, file), 'utf8'))
    }
  }
  return texts.join('\n')
}
const sound = [entry('KEY-01', first), entry('KEY-02', first, second)]

describe('judgeCatalogue', () => {
  test('default: every attack refused', () => {
    const figure = judgeCatalogue(catalogueOf(sound), bothPass)
    expect(figure).toMatchObject({ value: 2, total: 2, notes: [] })
    expect(meetsGate(figure)).toBe(true)
  })

  test.each([
    [
      'a test that fails',
      catalogueOf(sound),
      [bothPass[0]!, { name: second, passed: false }],
      { value: 1, total: 2, notes: [`KEY-02: failed: ${second}`] },
    ],
    [
      'one of two tests with the same name that fails',
      catalogueOf(sound),
      [...bothPass, { name: second, passed: false }, { name: second, passed: true }],
      { value: 1, total: 2, notes: [`KEY-02: failed: ${second}`] },
    ],
    [
      'a test that nobody wrote',
      catalogueOf([...sound, entry('KEY-03', `${first}, renamed`)]),
      bothPass,
      { value: 2, total: 3, notes: [`KEY-03: no such test ran: ${first}, renamed`] },
    ],
    [
      'an id that is taken',
      catalogueOf([entry('KEY-01', first), entry('KEY-01', second)]),
      bothPass,
      { value: 1, total: 2, notes: ['KEY-01: the id is taken'] },
    ],
    [
      'two entries that rest on the same tests',
      catalogueOf([...sound, entry('KEY-03', second, first)]),
      bothPass,
      { value: 2, total: 3, notes: ['KEY-03: the tests are those of KEY-02'] },
    ],
    [
      'fewer entries than the goal',
      catalogueOf(sound, 4),
      bothPass,
      { value: 2, total: 4, notes: ['keys: 2 entries are missing'] },
    ],
    ['an empty catalogue', catalogueOf([]), bothPass, { value: 0, total: 0, notes: [] }],
  ])('error: %s', (_fault, catalogue, results, expected) => {
    const figure = judgeCatalogue(catalogue, results)
    expect(figure).toMatchObject(expected)
    expect(meetsGate(figure)).toBe(false)
  })
})

describe('readCatalogue', () => {
  let directory: string
  const write = (name: GroupName, content: unknown) =>
    writeFile(join(directory, `${name}.json`), JSON.stringify(content))
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'poa-catalogue-'))
    for (const name of GROUP_NAMES) await write(name, groupOf(name, [entry(`${GROUP_PREFIXES[name]}-01`, first)]))
  })
  afterAll(() => rm(directory, { recursive: true }))

  test('default: the committed one, 178 attacks and no goal lowered', async () => {
    const goals = Object.values(await readCatalogue()).map(({ goal }) => goal)
    expect(goals).toEqual([18, 20, 16, 14, 34, 12, 18, 12, 22, 12])
  })

  test('default: every error that an entry names is one that the product can raise', async () => {
    // A code of ours, or a custom error with its values. The registries' owner errors come from OpenZeppelin.
    const named = /\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|\b[A-Z][A-Za-z0-9]+(?=\()/g
    const entries = Object.values(await readCatalogue()).flatMap((group) => group.entries)
    const owner = 'node_modules/@openzeppelin/contracts/access'
    const sources = await readSources(['src', 'prover', 'scripts', 'verifier-contracts/src', owner])
    const unknown = entries.flatMap(({ id, error }) =>
      [...error.matchAll(named)].filter(([name]) => !sources.includes(name)).map(([name]) => `${id}: ${name}`),
    )
    expect(unknown).toEqual([])
  })

  test('behavior: from a folder', async () => {
    expect(await readCatalogue(directory)).toMatchObject({
      keys: { goal: 1 },
      crash: { entries: [{ id: 'CRASH-01' }] },
    })
  })

  test('behavior: the entries that rest on contracts alone', () => {
    const onContracts = entry('KEY-03', second)
    const { keys, proof } = restingOnContracts(catalogueOf([...sound, onContracts]))
    expect(keys).toMatchObject({ goal: 1, entries: [onContracts] })
    expect(proof).toMatchObject({ goal: 0, entries: [] })
  })

  test.each([
    ['an id of another group', { title: 'Keys', goal: 1, entries: [entry('PROOF-01', first)] }],
    ['an entry without a test', { title: 'Keys', goal: 1, entries: [entry('KEY-01')] }],
    ['a test without a file', { title: 'Keys', goal: 1, entries: [entry('KEY-01', 'error: a made-up attack')] }],
    ['an entry without an error', { title: 'Keys', goal: 1, entries: [{ ...entry('KEY-01', first), error: '' }] }],
    ['an unknown field', { title: 'Keys', goal: 1, entries: [{ ...entry('KEY-01', first), skip: true }] }],
    ['no goal', { title: 'Keys', entries: [] }],
  ])('error: %s', async (_fault, content) => {
    await write('keys', content)
    await expect(readCatalogue(directory)).rejects.toMatchObject({ code: 'CATALOGUE_MALFORMED' })
  })

  test('error: a group that is not there', async () => {
    await rm(join(directory, 'keys.json'))
    await expect(readCatalogue(directory)).rejects.toMatchObject({ code: 'CATALOGUE_UNREADABLE' })
  })
})

test('behavior: vitest tells by name what passed, what failed and what was skipped', async () => {
  const folder = join(REPOSITORY_ROOT, 'build', 'test-cache', 'made-up-tests')
  await mkdir(folder, { recursive: true })
  const config = join(folder, 'vitest.config.mjs')
  await writeFile(config, `export default { test: { include: ['build/test-cache/made-up-tests/*.made-up.ts'] } }`)
  await writeFile(
    join(folder, 'outcomes.made-up.ts'),
    `import { describe, expect, test } from 'vitest'
     describe('attack', () => {
       test.each(['one', 'two'])('error: %s', (name) => expect(name).toBe('one'))
       test.skip('error: three', () => {})
     })`,
  )
  const report = join(folder, 'report.json')
  const vitest = join(REPOSITORY_ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const options = ['--config', config, '--root', REPOSITORY_ROOT, '--reporter=json', `--outputFile.json=${report}`]
  const run = promisify(execFile)(process.execPath, [vitest, 'run', ...options])
  await expect(run).rejects.toMatchObject({ code: 1 })
  const results = readVitestResults(JSON.parse(await readFile(report, 'utf8')))
  const named = 'build/test-cache/made-up-tests/outcomes.made-up.ts > attack > error:'
  expect(results).toEqual([
    { name: `${named} one`, passed: true },
    { name: `${named} two`, passed: false },
    { name: `${named} three`, passed: false },
  ])
})

test('behavior: forge tells by name what passed, what failed and what was skipped', () => {
  const output = `
Ran 1 test for test/made-up/Other.t.sol:OtherTest
[FAIL: no] setUp() (gas: 0)
Suite result: FAILED. 0 passed; 1 failed; 0 skipped; finished in 47.78µs (0.00ns CPU time)

Ran 6 tests for test/MadeUp.t.sol:MadeUpTest
[FAIL: assertion failed: 5 != 2; counterexample: calldata=0x8133 args=[5, [7, 8]]] testFuzz_Fails(uint256,uint256[]) (runs: 0, μ: 0, ~: 0)
[PASS] testFuzz_Passes(uint256) (runs: 256, μ: 210, ~: 210)
[FAIL: [PASS] in a message: 1 != 2] test_Asserts() (gas: 3137)
[PASS] test_Passes() (gas: 119)
[FAIL: Refused(5)] test_RevertWhen_Refused() (gas: 219)
[SKIP] test_Skipped() (gas: 0)
Suite result: FAILED. 2 passed; 3 failed; 1 skipped; finished in 2.63ms (2.45ms CPU time)

Failing tests:
Encountered 1 failing test in test/made-up/Other.t.sol:OtherTest
[FAIL: no] setUp() (gas: 0)
`
  const madeUp = 'verifier-contracts/test/MadeUp.t.sol > MadeUpTest >'
  const other = { name: 'verifier-contracts/test/made-up/Other.t.sol > OtherTest > setUp', passed: false }
  expect(readForgeResults(output)).toEqual([
    other,
    { name: `${madeUp} testFuzz_Fails`, passed: false },
    { name: `${madeUp} testFuzz_Passes`, passed: true },
    { name: `${madeUp} test_Asserts`, passed: false },
    { name: `${madeUp} test_Passes`, passed: true },
    { name: `${madeUp} test_RevertWhen_Refused`, passed: false },
    { name: `${madeUp} test_Skipped`, passed: false },
    other,
  ])
})
