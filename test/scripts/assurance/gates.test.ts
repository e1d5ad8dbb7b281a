import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Figure, gatedValue, meetsGate } from '../../../scripts/assurance/Part.ts'
import { PART_NAMES, requirePartNames } from '../../../scripts/assurance/runParts.ts'

const figure = (rest: Partial<Figure>): Figure => ({ name: 'found', title: 'found', value: 9, ...rest })

describe('gates', () => {
  test.each<[string, Figure, boolean]>([
    ['a value at its lower gate', figure({ gate: { atLeast: 9 } }), true],
    ['a value below it', figure({ gate: { atLeast: 9.01 } }), false],
    ['a value at its upper gate', figure({ gate: { atMost: 9 } }), true],
    ['a value above it', figure({ gate: { atMost: 8.99 } }), false],
    ['a share at its gate, which is in percent', figure({ total: 10, gate: { atLeast: 90 } }), true],
    ['a share below it', figure({ total: 10, gate: { atLeast: 91 } }), false],
    ['a share of nothing', figure({ value: 0, total: 0, gate: { atLeast: 0 } }), false],
    ['a value that is no number', figure({ value: Number.NaN, gate: { atMost: 1 } }), false],
    ['a figure without a gate', figure({}), true],
  ])('behavior: %s', (_, judged, stands) => {
    expect(meetsGate(judged)).toBe(stands)
  })

  test('behavior: a share is seen in percent', () => {
    expect(gatedValue(figure({ total: 12 }))).toBe(75)
  })
})

describe('requirePartNames', () => {
  test('default', () => {
    expect(requirePartNames([])).toEqual(PART_NAMES)
  })

  test('behavior: those that are named, each once, in the order in which they start', () => {
    expect(requirePartNames(['economics', 'circuits', 'economics'])).toEqual(['circuits', 'economics'])
  })

  test('error: a part that does not exist', () => {
    expect(() => requirePartNames(['circuit'])).toThrow(
      expect.objectContaining({ code: 'ASSURANCE_PART_UNKNOWN', hint: expect.stringContaining('circuits') }),
    )
  })
})

test('behavior: npm run assurance -- --help names the parts and shows an example', async () => {
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--import', 'tsx', 'scripts/assurance/main.ts', '--help'])
  for (const name of PART_NAMES) expect(stdout).toContain(name)
  expect(stdout).toContain('npm run assurance -- --json')
})
