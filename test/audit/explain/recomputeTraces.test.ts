import { describe, expect, test } from 'vitest'
import type { DisclosedBatch } from '../../../src/audit/DisclosedBatch.ts'
import { recomputeTraces } from '../../../src/audit/explain/recomputeTraces.ts'
import { buildStatement, sealTraces, type Trace, type TraceBatch } from '../../../src/statement/buildStatement.ts'
import { contributors, disclose, drawBatch, fileOf, tiny } from './disclosedFixture.ts'

const batch = drawBatch()
const statement = buildStatement(batch)
const settled = disclose(batch)
const withTrace = (position: number, change: Partial<Trace>): TraceBatch => ({
  ...batch,
  traces: batch.traces.map((trace, b) => (b === position ? { ...trace, ...change } : trace)),
})
const findingsOf = (change: Partial<DisclosedBatch>) => recomputeTraces({ ...settled, ...change }).findings
const codesOf = (change: Partial<DisclosedBatch>) => findingsOf(change).map(({ code }) => code)
const otherThan = (label: number) => (label + 1) % tiny.classes
const subject = { modelId: 1n, batchId: 1n }

describe('recomputeTraces', () => {
  test('default: an honest disclosure gives every score, rate and earning, and nothing to find', () => {
    const { rows, findings } = recomputeTraces(settled)
    expect(findings).toEqual([])
    const [index, ...inferences] = rows
    expect(index).toEqual({ kind: 'disclosed-index', modelId: 1n, indexVersion: 1n, contributors, index: batch.index })
    const place = { modelId: 1n, epochId: 1n, indexVersion: 1n, batchId: 1n }
    expect(inferences).toEqual(
      statement.attributions.map(({ total, rate, scores, earnings }, position) => {
        const { requestId, label, poolWei } = batch.traces[position]!
        const row = { kind: 'inference', ...place, position, requestId, label, poolWei, total, rate, scores, earnings }
        return { ...row, contributors }
      }),
    )
    // Not that nothing was earned.
    expect(statement.earnings.every((earning) => earning !== 0n)).toBe(true)
  })

  test('error: another index, another head', () => {
    const scales = batch.index.scales.with(1, batch.index.scales[1]! ^ 1)
    const otherIndex = fileOf({ ...batch, index: { ...batch.index, scales } })
    expect(findingsOf({ traceBatch: otherIndex })).toMatchObject([
      { code: 'INDEX_COMMITMENT_DIFFERS', subject: { ...subject, indexVersion: 1n }, at: settled.at },
    ])
    const otherHead = fileOf({ ...batch, head: batch.head.with(0, batch.head[0]!.with(3, 17)) })
    const [finding, ...others] = findingsOf({ traceBatch: otherHead })
    expect(finding).toMatchObject({
      code: 'WEIGHTS_COMMITMENT_DIFFERS',
      expected: String(settled.weightsCommitment),
      message: 'the disclosed head is not the one that is registered for this version',
    })
    expect(others).toEqual([])
    expect(recomputeTraces({ ...settled, traceBatch: otherHead }).rows).toEqual([])
  })

  test('error: other features, label, salt or pool of one inference; the others are recomputed all the same', () => {
    const at = { ...subject, position: 2, requestId: 3n }
    const trace = batch.traces[2]!
    const cases = [
      [{ features: trace.features.with(0, trace.features[0]! ^ 1) }, 'INPUT_COMMITMENT_DIFFERS'],
      [{ inputSalt: trace.inputSalt + 1n }, 'INPUT_COMMITMENT_DIFFERS'],
      [{ label: otherThan(trace.label) }, 'OUTPUT_COMMITMENT_DIFFERS'],
      [{ outputSalt: trace.outputSalt + 1n }, 'OUTPUT_COMMITMENT_DIFFERS'],
      [{ poolWei: trace.poolWei + 1n }, 'TRACES_OF_OTHER_BATCH'],
    ] as const
    for (const [change, code] of cases) {
      const { rows, findings } = recomputeTraces({ ...settled, traceBatch: fileOf(withTrace(2, change)) })
      expect(findings).toMatchObject([{ code, subject: at }])
      expect(rows.flatMap((row) => (row.kind === 'inference' ? [row.position] : []))).toEqual([0, 1, 3])
    }
    // Both of one trace.
    const both = withTrace(2, {
      features: trace.features.with(0, trace.features[0]! ^ 1),
      label: otherThan(trace.label),
    })
    expect(codesOf({ traceBatch: fileOf(both) })).toEqual(['INPUT_COMMITMENT_DIFFERS', 'OUTPUT_COMMITMENT_DIFFERS'])
  })

  test('error: a disclosed rate that is another; the right one is welcome', () => {
    const withRate = (rate: bigint) => {
      const file = fileOf(batch) as { traces: Record<string, unknown>[] }
      file.traces[1]!.rate = String(rate)
      return { traceBatch: file }
    }
    const { rate } = statement.attributions[1]!
    expect(findingsOf(withRate(rate))).toEqual([])
    const at = { ...subject, requestId: 2n, position: 1 }
    expect(findingsOf(withRate(rate + 1n))).toEqual([
      {
        code: 'RATE_DIFFERS',
        subject: at,
        at: settled.at,
        expected: String(rate),
        found: String(rate + 1n),
        message: 'the disclosed rate of inference 1 is not floor(pool * 2^64 / T)',
      },
    ])
  })

  test('error: earnings settled at another rate name the inference', () => {
    const { rate, scores } = statement.attributions[3]!
    const earnings = statement.earnings.map((earning, slot) => earning + 5n * scores[slot]!)
    expect(findingsOf({ earnings })).toEqual([
      {
        code: 'RATE_DIFFERS',
        subject: { ...subject, requestId: 4n, position: 3 },
        at: settled.at,
        expected: String(rate),
        found: String(rate + 5n),
        message: 'the settled earnings are those of the traces but for the rate of inference 3',
      },
    ])
  })

  test('error: earnings in other slots, and another earning of one slot', () => {
    const [first, second, third] = statement.earnings as [bigint, bigint, bigint]
    expect(findingsOf({ earnings: [first, third, second] })).toMatchObject([
      {
        code: 'TRACE_EARNINGS_DIFFER',
        subject: { ...subject, slot: 1 },
        message: 'the settled earnings are those of the traces, but stand in other slots: 1, 2',
      },
    ])
    expect(findingsOf({ earnings: [first, second + 1n, third] })).toMatchObject([
      {
        code: 'TRACE_EARNINGS_DIFFER',
        subject: { ...subject, slot: 1 },
        expected: String(second),
        found: String(second + 1n),
      },
    ])
    expect(codesOf({ earnings: [first + 1n, second - 1n, third] })).toHaveLength(2)
  })

  test('behavior: without calldata there are no settled earnings to compare with', () => {
    expect(codesOf({ earnings: [] })).toEqual([])
  })

  test('error: a sealed answer that is not the argmax', () => {
    // The operator sealed the other class: the commitment opens, the head says otherwise.
    const position = 0
    const { label } = batch.traces[position]!
    const lie = withTrace(position, { label: otherThan(label) })
    const sealed = sealTraces(lie.traces, tiny)
    expect(codesOf({ traceBatch: fileOf(lie), sealed, earnings: [] })).toEqual(['LABEL_DIFFERS'])
    expect(findingsOf({ traceBatch: fileOf(lie), sealed, earnings: [] })).toMatchObject([
      { subject: { ...subject, requestId: 1n, position }, expected: String(label), found: String(otherThan(label)) },
    ])
  })

  test('error: traces of another batch, another order, too few', () => {
    const elsewhere = { ...batch, context: { ...batch.context, batchId: 2n, epochId: 9n } }
    expect(findingsOf({ traceBatch: fileOf(elsewhere) })).toMatchObject([
      {
        code: 'TRACES_OF_OTHER_BATCH',
        expected: '1',
        found: '2',
        message: 'the disclosed traces are for another context; it differs in batchId, epochId',
      },
    ])
    const reordered = { ...batch, traces: batch.traces.toReversed() }
    expect(findingsOf({ traceBatch: fileOf(reordered) })).toMatchObject([
      {
        code: 'TRACES_OF_OTHER_BATCH',
        subject: { ...subject, position: 0 },
        expected: '1 2 3 4',
        found: '4 3 2 1',
        message: 'the disclosed traces stand in another order than the batch was sealed in',
      },
    ])
    const fewer = { ...batch, traces: batch.traces.slice(0, 3) }
    expect(findingsOf({ traceBatch: fileOf(fewer) })).toMatchObject([
      { code: 'TRACES_OF_OTHER_BATCH', found: '1 2 3', subject: { position: 3 } },
    ])
    const more = { ...batch, traces: [...batch.traces, { ...batch.traces[0]!, requestId: 5n }] }
    expect(findingsOf({ traceBatch: fileOf(more) })).toMatchObject([{ code: 'TRACES_OF_OTHER_BATCH', subject }])
  })

  test('behavior: an address is the same in any writing', () => {
    const settlement = batch.context.settlement.toLowerCase() as `0x${string}`
    const file = fileOf({ ...batch, context: { ...batch.context, settlement } })
    expect(codesOf({ traceBatch: file })).toEqual([])
  })

  test('error: what is no trace batch is a finding, whatever it is, and salts are not repeated', () => {
    const strange: unknown[] = [null, 7, 'text', [], {}, { ...(fileOf(batch) as object), extra: 1 }]
    for (const traceBatch of strange) expect(codesOf({ traceBatch })).toEqual(['TRACES_UNREADABLE'])
    const outOfRange = [
      withTrace(1, { features: batch.traces[1]!.features.with(0, 128) }),
      withTrace(1, { features: batch.traces[1]!.features.slice(1) }),
      withTrace(1, { label: 3 }),
      { ...batch, index: { ...batch.index, scales: batch.index.scales.slice(1) } },
      { ...batch, head: batch.head.slice(1) },
    ]
    for (const lie of outOfRange) expect(codesOf({ traceBatch: fileOf(lie) })).toEqual(['TRACES_UNREADABLE'])
    const [finding] = findingsOf({ traceBatch: fileOf(withTrace(1, { inputSalt: 1n << 255n })) })
    expect(finding).toMatchObject({ code: 'TRACES_UNREADABLE', found: expect.stringContaining('(withheld)') })
  })
})
