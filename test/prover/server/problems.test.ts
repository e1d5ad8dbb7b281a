import { readdir, readFile } from 'node:fs/promises'
import { STATUS_CODES } from 'node:http'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { RefusalError } from '../../../prover/intake/RefusalError.ts'
import { RetryLaterError } from '../../../prover/intake/RetryLaterError.ts'
import { PROBLEMS, type ProblemCode, toProblem } from '../../../prover/server/problems.ts'
import { problem } from '../../../src/api/views.ts'
import { InvalidInputError, PoaError } from '../../../src/errors.ts'

const sourceOf = (path: string) => fileURLToPath(new URL(`../../../prover/${path}`, import.meta.url))
async function readSources(folder: string): Promise<string> {
  const names = await readdir(sourceOf(folder), { recursive: true })
  const texts = names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFile(sourceOf(`${folder}/${name}`), 'utf8'))
  return (await Promise.all(texts)).join('\n')
}
const CODES = Object.keys(PROBLEMS) as ProblemCode[]

describe('the table of problems', () => {
  test('behavior: holds every code with which intake and server refuse', async () => {
    const sources = (await readSources('intake')) + (await readSources('server'))
    const thrown = [...sources.matchAll(/(?:new (?:RefusalError|RetryLaterError)\(|refuse\()\s*'([A-Z_]+)'/g)].map(
      ([, code]) => code!,
    )
    expect(thrown.length).toBeGreaterThan(30)
    expect([...new Set(thrown)].filter((code) => !CODES.includes(code as ProblemCode))).toEqual([])
  })

  test('behavior: has no code that nobody uses', async () => {
    const sources = (await Promise.all(['intake', 'server', 'store', 'worker', 'indexing'].map(readSources))).join('\n')
    const uses = (code: string) => sources.split(`'${code}'`).length - 1
    // In the table a code is a key, without quotes.
    expect(CODES.filter((code) => uses(code) === 0 && code !== 'INVALID_INPUT')).toEqual([])
  })

  test('behavior: statuses exist and are failures, titles are one line', () => {
    for (const [status, title] of Object.values(PROBLEMS)) {
      expect(STATUS_CODES[status]).toBeDefined()
      expect(status).toBeGreaterThanOrEqual(400)
      expect(title).toMatch(/^[A-Z][^\n.]{5,80}$/)
    }
  })

  test('behavior: README.md shows it', async () => {
    const readme = await readFile(sourceOf('server/README.md'), 'utf8')
    const shown = [...readme.matchAll(/^\| (\d{3}) \| `([A-Z_]+)` \| (.+) \|$/gm)].map(([, status, code, title]) => [
      code,
      [Number(status), title],
    ])
    expect(shown).toEqual(Object.entries(PROBLEMS))
  })
})

describe('toProblem', () => {
  test('default: code, status, title and what the refusal says', () => {
    const refusal = new RefusalError('TRACE_UNKNOWN', 'there is no trace 5', { hint: 'Look elsewhere.' })
    expect(toProblem(refusal)).toEqual({
      type: 'urn:poa:problem:trace-unknown',
      title: 'This node has no such trace',
      status: 404,
      detail: 'there is no trace 5. Look elsewhere.',
      code: 'TRACE_UNKNOWN',
    })
  })

  test('behavior: of a value that does not fit, place and bound but not the value', () => {
    const shown = toProblem(new InvalidInputError('features[3]', 'an integer in -127 .. 127', 987654321))
    expect(shown).toMatchObject({ status: 400, field: 'features[3]', bound: 'an integer in -127 .. 127' })
    expect(JSON.stringify(shown)).not.toContain('987654321')
  })

  test('behavior: a field that a stranger named is shortened', () => {
    const shown = toProblem(new InvalidInputError(`body.${'x'.repeat(100_000)}`, 'absent', '(present)'))
    expect(JSON.stringify(shown).length).toBeLessThan(2000)
  })

  test('behavior: says when to come again', () => {
    expect(toProblem(new RetryLaterError('BACKLOG_FULL', 'full', 4.2)).retryAfterSeconds).toBe(5)
    expect(toProblem(new PoaError('DATABASE_UNREACHABLE', 'gone')).retryAfterSeconds).toBeGreaterThan(0)
    expect(toProblem(new RefusalError('TRACE_UNKNOWN', 'none')).retryAfterSeconds).toBeUndefined()
  })

  test.each([
    [
      'an error of ours that was not made for clients',
      new PoaError('DATABASE_UNREACHABLE', 'no answer from db.internal:5432'),
      503,
    ],
    ['an error of ours with a code that is not in the table', new PoaError('VKEY_IC_ZERO', 'secret'), 500],
    ["a library's error", Object.assign(new Error('secret row'), { code: '23505', statusCode: 400 }), 500],
    ['something thrown that is no error', 'secret', 500],
    ['nothing', undefined, 500],
  ])('behavior: %s tells nothing but its title', (_name, error, status) => {
    const shown = toProblem(error)
    expect(shown.status).toBe(status)
    expect(shown.detail).toBe(shown.title)
    expect(problem.parse(shown)).toEqual(shown)
  })
})
