/** What the part `contracts` makes of forge's reports: it must not take silence for evidence. */
import { describe, expect, test } from 'vitest'
import { readCoverage } from '../../../scripts/assurance/contracts/readCoverage.ts'
import { situationFigures } from '../../../scripts/assurance/contracts/situations.ts'
import { meetsGate } from '../../../scripts/assurance/Part.ts'

describe('situations', () => {
  const figuresOf = (...parameters: Parameters<typeof situationFigures>) =>
    Object.fromEntries(situationFigures(...parameters).map((figure) => [figure.name, figure]))

  test('default: counts of all sequences are added', () => {
    const { situationsReached, idleActions } = figuresOf(
      [
        { settled: 1, refunded: 0, 'nothing to do': 0 },
        { settled: 0, refunded: 2, 'nothing to do': 0 },
      ],
      1,
    )
    expect(situationsReached).toMatchObject({ value: 2, total: 2 })
    expect(meetsGate(situationsReached!)).toBe(true)
    expect(meetsGate(idleActions!)).toBe(true)
  })

  test('error: a situation that was reached too seldom misses the gate and is named', () => {
    const { situationsReached } = figuresOf([{ settled: 100, refunded: 99 }], 100)
    expect(situationsReached).toMatchObject({ value: 1, total: 2 })
    expect(situationsReached!.notes).toContain('only 99 times: refunded')
    expect(meetsGate(situationsReached!)).toBe(false)
  })

  test('error: actions that mostly do nothing miss the gate', () => {
    const { situationsReached, idleActions } = figuresOf([{ settled: 1, 'nothing to do': 1 }], 1)
    expect(meetsGate(situationsReached!)).toBe(true)
    expect(meetsGate(idleActions!)).toBe(false)
  })

  test('error: no sequence at all meets no gate', () => {
    for (const figure of situationFigures([], 1)) expect(meetsGate(figure)).toBe(false)
  })
})

describe('coverage', () => {
  test('default: lines, branches, and ifs that were also skipped', () => {
    const lcov = [
      'TN:\nSF:src/A.sol\nDA:1,5\nDA:2,5\nBRDA:2,0,0,5\nDA:3,0\nBRDA:3,1,0,-\nDA:4,5\nBRDA:4,2,0,3\nBRDA:5,3,0,1\nBRDA:5,3,1,4\nDA:5,5\nend_of_record',
      'TN:\nSF:src/B.sol\nDA:1,1\nend_of_record\n',
    ].join('\n')
    expect(readCoverage(lcov)).toEqual([
      {
        file: 'src/A.sol',
        lines: [4, 5],
        branches: [4, 5],
        skips: [1, 3],
        missedLines: [3],
        missedBranches: [3],
      },
      { file: 'src/B.sol', lines: [1, 1], branches: [0, 0], skips: [0, 0], missedLines: [], missedBranches: [] },
    ])
  })
})
