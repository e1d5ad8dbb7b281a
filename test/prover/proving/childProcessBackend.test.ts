/** The real backend on the shape `tiny`, with each prover: one process, one proof at a time, and nothing left behind. Turns: provingTurns.test.ts. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { getPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { buildEngines } from '../../../prover/native/build.mjs'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import { openChildProcessBackend } from '../../../prover/proving/childProcessBackend.ts'
import { chooseProver } from '../../../prover/proving/chooseProver.ts'
import type { ProvingBackend } from '../../../prover/proving/ProvingBackend.ts'
import { type CircuitInput, type PreparedBatch, prepareInput } from '../../../prover/proving/prepareInput.ts'
import { proveBatch } from '../../../prover/proving/proveBatch.ts'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'
import { randomBatch, seededRandom } from '../../../scripts/randomBatch.ts'
import { verifyProof } from '../../../src/proof/verifyProof.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { listPublicSignals, type TraceBatch } from '../../../src/statement/buildStatement.ts'
import { derivePublicSignals } from '../../../src/statement/settlementClaim.ts'

/** Every process that the backend forked. */
const forked = vi.hoisted(() => [] as ChildProcess[])
vi.mock('node:child_process', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:child_process')>()
  const fork = (...args: Parameters<typeof original.fork>) => {
    const child = original.fork(...args)
    forked.push(child)
    return child
  }
  return { ...original, fork }
})

await buildEngines()

const tiny = shapeNamed('tiny')
let artifacts: Artifacts

beforeAll(async () => {
  artifacts = (await ensureDevKeysOfShape('tiny')).artifacts
  await terminate()
})
afterEach(() => {
  for (const { pid } of forked) expect(isRunning(pid!)).toBe(false)
  forked.length = 0
})

function batchOf(seed: number): TraceBatch {
  const batch = randomBatch(tiny, seededRandom(seed), { traces: 2 })
  const circuitKeyHash = artifacts.manifest.circuitKeyHash as `0x${string}`
  return { ...batch, context: { ...batch.context, circuitKeyHash } }
}
const prepared = (seed: number): PreparedBatch => prepareInput(batchOf(seed))
const signalsOf = ({ statement }: PreparedBatch) => listPublicSignals(statement.publicSignals)

/** Whether the operating system knows a process. One that its parent has not been told of yet counts. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** An input without a witness: a score of the first trace is one too high. */
function withWrongScore({ input }: PreparedBatch): CircuitInput {
  const [first, ...others] = input.rawScores as readonly (readonly string[])[]
  return { ...input, rawScores: [first!.with(0, `${BigInt(first![0]!) + 1n}`), ...others] }
}

describe('openChildProcessBackend', () => {
  const prover = chooseProver('native')
  let backend: ProvingBackend
  beforeEach(() => {
    backend = openChildProcessBackend(artifacts, { prover })
  })
  afterEach(() => backend.close())

  test('default: a batch proved end to end, stage by stage', async () => {
    const batch = batchOf(1)
    const stages: string[] = []
    const { claim, proof, seconds } = await proveBatch(batch, artifacts, backend, (stage) => stages.push(stage))
    expect(stages).toEqual(['witness', 'prove'])
    expect(seconds.witness).toBeGreaterThan(0)
    expect(seconds.prove).toBeGreaterThan(0)
    const { verificationKey } = artifacts
    const publicSignals = listPublicSignals(derivePublicSignals(claim))
    expect(verifyProof({ verificationKey, publicSignals, proof })).toBe(true)
    for (const [i, signal] of publicSignals.entries()) {
      const altered = publicSignals.with(i, signal === 0n ? 1n : signal - 1n)
      expect(verifyProof({ verificationKey, publicSignals: altered, proof })).toBe(false)
    }
    // Blinded anew each time: proofs are no identifiers.
    const again = await proveBatch(batch, artifacts, backend)
    expect(again.claim).toEqual(claim)
    expect(again.proof).not.toEqual(proof)
    expect(forked).toHaveLength(1)
  })

  test('behavior: queued proofs keep their order and their inputs; the next witness is computed while one is proved', async () => {
    const [first, second, third] = [prepared(2), prepared(3), prepared(4)]
    const events: string[] = []
    const prove = async (name: string, { input }: PreparedBatch) => {
      const result = await backend.prove(input, (stage) => events.push(`${name} ${stage}`))
      events.push(`${name} done`)
      return result
    }
    const results = await Promise.all([prove('first', first), prove('second', second), prove('third', third)])
    const done = events.filter((event) => event.endsWith('done'))
    expect(done).toEqual(['first done', 'second done', 'third done'])
    expect(events.filter((event) => !done.includes(event))).toEqual(
      ['first', 'second', 'third'].flatMap((name) => [`${name} witness`, `${name} prove`]),
    )
    expect(events.indexOf('second witness')).toBeLessThan(events.indexOf('first done'))
    expect(events.indexOf('third witness')).toBeLessThan(events.indexOf('second done'))
    expect(results.map(({ publicSignals }) => publicSignals)).toEqual([first, second, third].map(signalsOf))
    expect(forked).toHaveLength(1)
  })

  test('behavior: an input without a witness is refused, and the next one still proved by the same process', async () => {
    const good = prepared(4)
    const bad = backend.prove(withWrongScore(prepared(5)))
    const next = backend.prove(good.input)
    await expect(bad).rejects.toMatchObject({ name: 'PoaError', code: 'WITNESS_FAILED' })
    expect((await next).publicSignals).toEqual(signalsOf(good))
    expect(forked).toHaveLength(1)
  })

  test('behavior: a missing and a surplus input are refused', async () => {
    const { input } = prepared(4)
    const { batchSalt: _, ...missing } = input
    await expect(backend.prove(missing)).rejects.toMatchObject({ code: 'WITNESS_FAILED' })
    await expect(backend.prove({ ...input, pools: [...(input.pools as string[]), '0'] })).rejects.toMatchObject({
      code: 'WITNESS_FAILED',
    })
  })

  test.each(['witness', 'prove'])('error: killed in the stage %s; the next call gets a new process', async (at) => {
    const good = prepared(6)
    const killed = backend.prove(good.input, (stage) => {
      if (stage === at) forked[0]!.kill('SIGKILL')
    })
    const queued = backend.prove(good.input)
    await expect(killed).rejects.toMatchObject({
      code: 'PROVER_PROCESS_ENDED',
      message: 'the proving process ended (SIGKILL)',
    })
    expect((await queued).publicSignals).toEqual(signalsOf(good))
    expect(forked.map(({ pid }) => isRunning(pid!))).toEqual([false, true])
  })

  test.each([
    ['the first is called off', 0],
    ['the second is called off', 1],
    ['the process dies', undefined],
  ])('behavior: while one is proved and one prepared, %s: the other is proved all the same', async (_, calledOff) => {
    const [first, second] = [prepared(2), prepared(3)]
    const controllers = [new AbortController(), new AbortController()]
    const end = vi.fn(() => (calledOff === undefined ? forked[0]!.kill('SIGKILL') : controllers[calledOff]!.abort()))
    const results = await Promise.allSettled([
      backend.prove(first.input, undefined, controllers[0]!.signal),
      // Its witness is begun when the other one's is done.
      backend.prove(
        second.input,
        (stage) => stage === 'witness' && end.mock.calls.length === 0 && end(),
        controllers[1]!.signal,
      ),
    ])
    const [failed, proved] = calledOff === 1 ? results.toReversed() : results
    const code = calledOff === undefined ? 'PROVER_PROCESS_ENDED' : 'PROOF_ABORTED'
    expect(failed).toMatchObject({ status: 'rejected', reason: { code } })
    expect(proved).toMatchObject({ value: { publicSignals: signalsOf(calledOff === 1 ? first : second) } })
    expect(forked).toHaveLength(2)
  })

  test('behavior: killed while idle, whenever the next call comes', async () => {
    const good = prepared(7)
    await backend.prove(good.input)
    const ended = once(forked[0]!, 'exit')
    const disconnected = once(forked[0]!, 'disconnect')
    forked[0]!.kill('SIGKILL')
    // Between these two the process is gone and the backend may not know it yet.
    await Promise.race([ended, disconnected])
    expect((await backend.prove(good.input)).publicSignals).toEqual(signalsOf(good))
    expect(forked).toHaveLength(2)
  })

  test('error: called off in mid-proof; the next call gets a new process', async () => {
    const good = prepared(12)
    const controller = new AbortController()
    const calledOff = backend.prove(
      good.input,
      (stage) => {
        if (stage === 'prove') controller.abort()
      },
      controller.signal,
    )
    const queued = backend.prove(good.input)
    await expect(calledOff).rejects.toMatchObject({ name: 'PoaError', code: 'PROOF_ABORTED' })
    expect(isRunning(forked[0]!.pid!)).toBe(false)
    expect((await queued).publicSignals).toEqual(signalsOf(good))
    expect(forked).toHaveLength(2)
  })

  test('error: called off while it waits: nothing is computed for it, and the one before it goes on', async () => {
    const good = prepared(13)
    const controller = new AbortController()
    const stages: string[] = []
    const running = backend.prove(good.input, () => controller.abort())
    const waiting = backend.prove(good.input, (stage) => stages.push(stage), controller.signal)
    await expect(waiting).rejects.toMatchObject({ code: 'PROOF_ABORTED' })
    expect((await running).publicSignals).toEqual(signalsOf(good))
    expect(stages).toEqual([])
    expect(forked).toHaveLength(1)
  })

  test('behavior: called off when it is done, nothing happens; the process steps back for everybody else', async () => {
    const polite = openChildProcessBackend(artifacts, { prover, niceness: 15 })
    const good = prepared(13)
    const controller = new AbortController()
    const priorities: number[] = []
    await polite.prove(good.input, () => priorities.push(getPriority(forked[0]!.pid)), controller.signal)
    controller.abort()
    expect((await polite.prove(good.input)).publicSignals).toEqual(signalsOf(good))
    await polite.close()
    expect(forked).toHaveLength(1)
    expect(priorities).toEqual([15, 15].map((niceness) => Math.max(niceness, getPriority())))
  })

  test('error: a proof that takes too long', async () => {
    const hasty = openChildProcessBackend(artifacts, { prover, timeoutMs: 1 })
    await expect(hasty.prove(prepared(14).input)).rejects.toMatchObject({
      code: 'PROVER_TIMED_OUT',
      message: 'the proof took longer than 0.001 s',
    })
    expect(isRunning(forked[0]!.pid!)).toBe(false)
    await hasty.close()
  })

  test('error: keys that are gone fail, no set-up is made', async () => {
    const { manifest, zkeyPath } = artifacts
    // Of another hash, so that no key that was prepared before counts.
    const files = { ...manifest.files, 'proving.zkey': '0'.repeat(64) }
    const gone = { ...artifacts, zkeyPath: `${zkeyPath}.gone`, manifest: { ...manifest, files } }
    const broken = openChildProcessBackend(gone, { prover })
    await expect(broken.prove(prepared(8).input)).rejects.toMatchObject({ code: 'KEY_NOT_PREPARED' })
    await broken.close()
  })

  test('error: neither salts nor features nor scores show when there is no witness', async () => {
    const one = prepared(9)
    const failures = [
      withWrongScore(one),
      {
        ...one.input,
        labels: ['2', '2', '2', '2'].map((_, b) => `${(Number((one.input.labels as string[])[b]) + 1) % 3}`),
      },
      { ...one.input, pools: (one.input.pools as string[]).with(0, `${2n ** 96n}`) },
    ]
    const leaves = (value: unknown): string[] => (Array.isArray(value) ? value.flatMap(leaves) : [String(value)])
    // Values short enough to be met by chance, in a line number say, prove nothing.
    const secrets = leaves(Object.values(one.input)).filter((text) => text.length > 4)
    expect(secrets.length).toBeGreaterThan(20)
    for (const input of failures) {
      const error = (await backend.prove(input).catch((reason) => reason)) as Error
      expect(error).toMatchObject({ code: 'WITNESS_FAILED' })
      expect(error.cause).toBeUndefined()
      for (const secret of secrets) expect(`${error.message} ${error.stack}`).not.toContain(secret)
    }
  })

  test('close: ends the process, waiting for the proof under way', async () => {
    const good = prepared(10)
    const proof = backend.prove(good.input)
    await backend.close()
    expect((await proof).publicSignals).toEqual(signalsOf(good))
    expect(forked).toHaveLength(1)
    expect([forked[0]!.exitCode, forked[0]!.signalCode]).toEqual([0, null])
    expect(isRunning(forked[0]!.pid!)).toBe(false)
  })

  test('close: can be called twice, even at once', async () => {
    await backend.prove(prepared(10).input)
    await Promise.all([backend.close(), backend.close()])
    expect(forked.map(({ pid }) => isRunning(pid!))).toEqual([false])
    await backend.close()
  })

  test('close: nothing is proved after it, so that no process is left behind', async () => {
    await backend.close()
    await expect(backend.prove(prepared(10).input)).rejects.toMatchObject({ code: 'BACKEND_CLOSED' })
    expect(forked).toEqual([])
  })

  test('close: after a failure it still ends the process', async () => {
    await expect(backend.prove(withWrongScore(prepared(11)))).rejects.toMatchObject({ code: 'WITNESS_FAILED' })
    await backend.close()
    expect(forked.map(({ pid }) => isRunning(pid!))).toEqual([false])
  })
})

describe('openChildProcessBackend with snarkjs', () => {
  const prover = chooseProver('snarkjs')

  test('behavior: proofs in order, one called off in mid-proof, a clean end', async () => {
    const backend = openChildProcessBackend(artifacts, { prover })
    await backend.prepare()
    const [first, second] = [prepared(2), prepared(3)]
    const controller = new AbortController()
    const calledOff = backend.prove(
      first.input,
      (stage) => {
        if (stage === 'prove') controller.abort()
      },
      controller.signal,
    )
    const proved = [backend.prove(first.input), backend.prove(second.input)]
    await expect(calledOff).rejects.toMatchObject({ code: 'PROOF_ABORTED' })
    await backend.close()
    const results = await Promise.all(proved)
    expect(results.map(({ publicSignals }) => publicSignals)).toEqual([first, second].map(signalsOf))
    const { verificationKey } = artifacts
    for (const { proof, publicSignals } of results)
      expect(verifyProof({ verificationKey, publicSignals, proof })).toBe(true)
    expect(forked.map(({ exitCode }) => exitCode)).toEqual([null, 0])
  })

  test('error: keys that are gone fail, no set-up is made', async () => {
    const backend = openChildProcessBackend({ ...artifacts, zkeyPath: `${artifacts.zkeyPath}.gone` }, { prover })
    await expect(backend.prove(prepared(8).input)).rejects.toMatchObject({ code: 'PROOF_FAILED' })
    await backend.close()
  })
})

test('behavior: the proving process ends when its parent is killed in mid-proof', async () => {
  const script = fileURLToPath(new URL('./proveUntilKilled.ts', import.meta.url))
  const parent = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let pid = 0
  for await (const line of createInterface({ input: parent.stdout })) {
    if (/^\d+$/.test(line)) pid = Number(line)
    if (line === 'prove') parent.kill('SIGKILL')
    if (parent.killed) break
  }
  expect(pid).toBeGreaterThan(0)
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 20_000, interval: 50 })
})
