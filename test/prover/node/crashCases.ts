import { expect } from 'vitest'
import type { Step } from '../../../prover/steps.ts'
import { getTrace } from '../../../src/client/getTrace.ts'
import { countOnChain, countSent, eventually, type Setting, submitPersistently } from './openSetting.ts'
import type { NodeProcess } from './startNodeProcess.ts'

/** A process that dies in one case and is started again, with the same settings, for the next. */
export type Mortal = {
  current(): NodeProcess
  revive(): Promise<void>
}

export async function mortal(start: () => Promise<NodeProcess>): Promise<Mortal> {
  let current = await start()
  return {
    current: () => current,
    async revive() {
      current = await start()
    },
  }
}

/**
 * One trace, and a death at the step: of the one process that could reach it, which is then started again, or of the first of several, whose work the
 * others take over. The trace is sealed once, settled once, by two transactions.
 */
export async function surviveDeathAt(step: Step, setting: Setting, candidates: readonly Mortal[]): Promise<void> {
  const sentBefore = await countSent(setting)
  await Promise.all(candidates.map((candidate) => candidate.current().dieAt(step)))
  const submission = await setting.payAndSign()
  const accepted = submitPersistently(setting.url, submission)
  const { victim, signal } = await Promise.race(
    candidates.map(async (victim) => ({ victim, signal: await victim.current().ended })),
  )
  expect(signal).toBe('SIGKILL')
  const survivors = candidates.filter((candidate) => candidate !== victim)
  await Promise.all(survivors.map((survivor) => survivor.current().dieAt(undefined)))
  if (survivors.length === 0) await victim.revive()
  await requireSettledOnce(setting, submission.requestId, await accepted)
  expect((await countSent(setting)) - sentBefore).toBe(2)
  if (survivors.length > 0) await victim.revive()
}

export async function requireSettledOnce(setting: Setting, requestId: bigint, traceId: `0x${string}`): Promise<void> {
  await eventually('the trace is settled', async () => {
    const { summary } = await getTrace(setting.url, traceId)
    expect(['failed', 'expired', 'mismatched', 'refunded']).not.toContain(summary)
    return summary === 'settled' || undefined
  })
  expect(await countOnChain(setting, requestId)).toEqual({ sealed: 1, settled: 1 })
}
