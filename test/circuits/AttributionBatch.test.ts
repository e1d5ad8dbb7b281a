import { beforeAll, describe, expect, test } from 'vitest'
import { type CircuitInput, prepareInput } from '../../prover/proving/prepareInput.ts'
import { attributionBatchOf, compileShape, shapeDirectory } from '../../scripts/circuits/compileCircuit.ts'
import type { Rewrites } from '../../scripts/circuits/compileForger.ts'
import { invert } from '../../scripts/circuits/invert.ts'
import { randomBatch, seededRandom } from '../../scripts/randomBatch.ts'
import { toField } from '../../src/field.ts'
import { shapeNamed, widthsOf } from '../../src/shape.ts'
import { computeLogits, predictLabel } from '../../src/statement/attributeTrace.ts'
import {
  buildStatement,
  evaluatePolynomial,
  listPublicSignals,
  PUBLIC_SIGNAL_COUNT,
  type TraceBatch,
} from '../../src/statement/buildStatement.ts'
import { commitInput, commitOutput } from '../../src/statement/commitments.ts'
import { computeChallenge } from '../../src/statement/context.ts'
import { taggedHash } from '../../src/statement/taggedHash.ts'
import { type Circuit, expectNoCircuit, openCompiled, toInput, type Witness } from './openCircuit.ts'

const SHAPE = shapeNamed('tiny')
const { traces: B, contributors: K, classes: C } = SHAPE
const random = seededRandom(8)
/** Three traces and an empty slot, with weights so small that all classes count. */
const BATCH: TraceBatch = randomBatch(SHAPE, random, { traces: B - 1, weight: () => random.integer(-30, 30) })
const { statement: STATEMENT, input: INPUT } = prepareInput(BATCH)
const EMPTY_SLOT = B - 1

let circuit: Circuit
let honest: Witness
beforeAll(async () => {
  await compileShape(SHAPE.name)
  circuit = await openCompiled(attributionBatchOf(SHAPE), shapeDirectory(SHAPE.name))
  honest = await circuit.expectPass(INPUT)
})

const range = (length: number) => Array.from({ length }, (_, i) => i)
const publicSignals = (witness: Witness) => witness.values.slice(1, 1 + PUBLIC_SIGNAL_COUNT)
const publicX = (witness: Witness) => range(3 * B + K).map((i) => toField(witness.signal(`x[${i}]`)))

/**
 * The proof that an attacker would send: all that follows from the lie is computed again, up to the contract's challenge. Whatever the contract
 * compares comes out, so that only the circuit's constraints are in the way.
 */
async function forgeProof(input: CircuitInput, rewrites: Rewrites = {}): Promise<Witness> {
  const draft = await circuit.forge(input, rewrites)
  const [digest, , weightsCommitment, indexCommitment, , context] = publicSignals(draft) as [bigint, ...bigint[]]
  const challenge = computeChallenge(context!, digest, weightsCommitment!, indexCommitment!, publicX(draft))
  const forged = await circuit.forge({ ...input, challenge: String(challenge) }, rewrites)
  expect(publicSignals(forged)).toEqual([
    digest,
    evaluatePolynomial(publicX(forged), challenge),
    weightsCommitment,
    indexCommitment,
    challenge,
    context,
  ])
  return forged
}

/** The input with one value of a signal replaced. */
function withValue(input: CircuitInput, signal: string, path: readonly number[], value: bigint | number): CircuitInput {
  const replace = (node: unknown, [first, ...rest]: readonly number[]): unknown =>
    first === undefined ? value : (node as unknown[]).with(first, replace((node as unknown[])[first], rest))
  return { ...input, ...toInput({ [signal]: replace(input[signal], path) }) }
}

/** A row with its second entry moved. */
const moved = (row: readonly bigint[], by: bigint) => row.with(1, row[1]! + by)

/** The raw scores that belong to a gradient, by the right vectors and features. */
const scoresOf = (slot: number, delta: readonly bigint[]) =>
  BATCH.index.vectors.map((vector) =>
    vector.reduce(
      (sum, row, k) =>
        sum + delta[k]! * row.reduce((dot, entry, j) => dot + BigInt(entry * BATCH.traces[slot]!.features[j]!), 0n),
      0n,
    ),
  )

describe('AttributionBatch', () => {
  test('default', async () => {
    expect(publicSignals(honest)).toEqual(listPublicSignals(STATEMENT.publicSignals))
  })

  test.each([
    ['one trace', 1],
    ['every slot in use', B],
  ])('behavior: %s', async (_, traces) => {
    const { statement, input } = prepareInput(randomBatch(SHAPE, random, { traces }))
    const witness = await circuit.expectPass(input)
    expect(publicSignals(witness)).toEqual(listPublicSignals(statement.publicSignals))
  })

  test('behavior: without a lie the forger makes the honest witness', async () => {
    const forged = await forgeProof(INPUT)
    expect(forged.values).toEqual(honest.values)
    expect(publicX(forged)).toEqual(STATEMENT.x)
  })

  test('behavior: what an empty slot holds does not show in X', async () => {
    const otherSalt = await circuit.expectPass(withValue(INPUT, 'inputSalts', [EMPTY_SLOT], 99n))
    expect(publicSignals(otherSalt)).toEqual(publicSignals(honest))
    const salted = await forgeProof(withValue(INPUT, 'outputSalts', [EMPTY_SLOT], 99n))
    salted.expectSatisfied()
    expect(publicX(salted)).toEqual(STATEMENT.x)
  })

  test.each([
    ['no slot', { traces: 0 }],
    ['more slots than the offset of an earning takes', { traces: 2 ** 20 + 1 }],
    ['no contributor', { contributors: 0 }],
    ['a single class', { classes: 1 }],
    ['no feature but the bias', { features: 1 }],
  ])('error: %s: does not compile', (_, changed) => expectNoCircuit(attributionBatchOf({ ...SHAPE, ...changed })))

  describe('advice', () => {
    test.each([
      ['off by one', (s: bigint) => s + 1n],
      ['negated', (s: bigint) => -s],
      ['claimed as 0', () => 0n],
    ])('error: a raw score %s, all that follows computed again', async (_, lie) => {
      const score = BigInt(STATEMENT.attributions[0]!.rawScores[1]!)
      const input = withValue(INPUT, 'rawScores', [0, 1], lie(score))
      await circuit.expectRefused(input)
      const forged = await forgeProof(input)
      expect(publicX(forged)).not.toEqual(STATEMENT.x)
      forged.expectRejected(1)
    })

    test('error: the raw scores of two contributors swapped', async () => {
      const [first, second] = STATEMENT.attributions[1]!.rawScores
      const input = withValue(withValue(INPUT, 'rawScores', [1, 0], second!), 'rawScores', [1, 1], first!)
      ;(await forgeProof(input)).expectRejected(1)
    })

    test('error: a logit moved nearer to the label, the scores those of the forged gradient', async () => {
      const { logits } = STATEMENT.attributions[0]!
      const { label } = BATCH.traces[0]!
      const last = range(C).reduce((least, k) => (k !== label && logits[k]! < logits[least]! ? k : least), label)
      const runnerUp = Math.max(...logits.filter((_, k) => k !== label))
      const lied = withValue(INPUT, 'logits', [0, last], runnerUp)
      const delta = (await circuit.forge(lied)).signals('slot[0].delta', C)
      expect(delta).not.toEqual(STATEMENT.attributions[0]!.delta.map(BigInt))
      const forged = await forgeProof(withRow(lied, 'rawScores', 0, scoresOf(0, delta)))
      forged.expectRejected(1)
    })

    test('error: another label by logits in which it wins, with its own commitment', async () => {
      const { logits } = STATEMENT.attributions[0]!
      const { label, outputSalt } = BATCH.traces[0]!
      const otherLabel = (label + 1) % C
      const lied = withValue(
        withValue(INPUT, 'labels', [0], otherLabel),
        'logits',
        [0, otherLabel],
        Math.max(...logits) + 1_000,
      )
      const delta = (await circuit.forge(lied)).signals('slot[0].delta', C)
      const forged = await forgeProof(withRow(lied, 'rawScores', 0, scoresOf(0, delta)))
      expect(publicX(forged)[2 * B]).toBe(commitOutput(otherLabel, outputSalt, SHAPE))
      forged.expectRejected(1)
    })

    test('error: all logits of a trace moved by the same amount, which leaves every score as it is', async () => {
      const logits = STATEMENT.attributions[2]!.logits.map((z) => BigInt(z) + 1n)
      const forged = await forgeProof(withRow(INPUT, 'logits', 2, logits))
      expect(publicX(forged)).toEqual(STATEMENT.x)
      forged.expectRejected(1)
    })

    test.each([
      ['raw scores', 'rawScores', STATEMENT.slots.map(({ attribution }) => attribution.rawScores.map(BigInt))],
      ['logits', 'logits', STATEMENT.slots.map(({ attribution }) => attribution.logits.map(BigInt))],
    ])('error: %s of two traces off by opposite amounts: each trace is checked alone', async (_, signal, rows) => {
      const lied = rows.with(0, moved(rows[0]!, 1n)).with(1, moved(rows[1]!, -1n))
      const forged = await forgeProof({ ...INPUT, ...toInput({ [signal]: lied }) })
      forged.expectRejected(2)
    })

    test('behavior: the Freivalds challenge is the hash of the digest and of nothing else', () => {
      expect(honest.signal('powers[1]')).toBe(taggedHash('challenge', [STATEMENT.publicSignals.digest], SHAPE))
    })

    test('error: scores that suit a Freivalds challenge of the prover, not that of the digest', async () => {
      const [first, second] = STATEMENT.attributions[0]!.rawScores
      const input = withValue(withValue(INPUT, 'rawScores', [0, 0], first! + 7), 'rawScores', [0, 1], second! - 1)
      const forged = await forgeProof(input, { AttributionBatch: { '* rho.out;': '* 7;' } })
      forged.expectRejected(1)
    })

    test('error: false logits that suit weights combined with powers of the prover, not those of the challenge', async () => {
      // Every logit of a trace moved by the trace's last one leaves the scores as they are, and sum_k rho^k (z_k + z_last) is what
      // combined weights give whose last power is larger by sum_k rho^k: for all traces at once.
      const moved = STATEMENT.slots.map(({ attribution: { logits } }) => logits.map((z) => z + logits[C - 1]!))
      const sum = range(C).map((k) => `powers[${k}]`)
      const forged = await forgeProof(
        { ...INPUT, ...toInput({ logits: moved }) },
        {
          AttributionBatch: {
            'combinedWeights.powers[k] <== powers[k];': `combinedWeights.powers[k] <== powers[k] + (k == C - 1 ? 1 : 0) * (${sum.join(' + ')});`,
          },
        },
      )
      expect(publicX(forged)).toEqual(STATEMENT.x)
      // The compiler has put the power into the row of each feature's sum.
      forged.expectRejected(SHAPE.features)
    })

    test('error: a false score that suits powers of the prover in the check of its trace', async () => {
      // The last power is also that of the last logit, which weights of 0 make 0: so only the score is weighed with it.
      expect(K).toBe(C)
      const head = BATCH.head.with(
        C - 1,
        BATCH.head[C - 1]!.map(() => 0),
      )
      const traces = randomBatch(SHAPE, seededRandom(9), { traces: B }).traces.map((trace) => ({
        ...trace,
        label: predictLabel(computeLogits(head, trace.features)),
      }))
      const { statement, input } = prepareInput({ ...BATCH, head, traces })
      const score = BigInt(statement.attributions[B - 1]!.rawScores[K - 1]!)
      const factor = toField(score * invert(toField(score + 1n)))
      const forged = await forgeProof(withValue(input, 'rawScores', [B - 1, K - 1], score + 1n), {
        AttributionBatch: {
          'product[b].powers <== powers;': `for (var i = 0; i < powerCount; i++) {
            product[b].powers[i] <== powers[i] * (b == B - 1 && i == powerCount - 1 ? ${factor} : 1);
          }`,
        },
      })
      expect(publicX(forged)[3 * B + K - 1]).not.toBe(statement.x[3 * B + K - 1])
      forged.expectRejected(1)
    })
  })

  describe('X', () => {
    test.each([1n, 1n << 64n, (10n ** 18n) << 64n])(
      'error: an earning of %s moved to another contributor',
      async (amount) => {
        const forged = await forgeProof(INPUT, {
          AttributionBatch: {
            'earning += slot[b].earnings[c];': `earning += slot[b].earnings[c] + (b == 0 ? (c == 0 ? ${amount} : (c == 1 ? -${amount} : 0)) : 0);`,
          },
        })
        const [first, second, ...rest] = STATEMENT.x.slice(3 * B) as [bigint, bigint, ...bigint[]]
        expect(publicX(forged).slice(3 * B)).toEqual([first + amount, second - amount, ...rest])
        forged.expectRejected(2)
      },
    )

    test('error: an earning made from nothing', async () => {
      const forged = await forgeProof(INPUT, {
        AttributionBatch: { 'var earning = 1 << 180;': 'var earning = (1 << 180) + (c == 2 ? 1 << 64 : 0);' },
      })
      expect(publicX(forged)[3 * B + 2]).toBe(STATEMENT.x[3 * B + 2]! + (1n << 64n))
      forged.expectRejected(1)
    })

    test('error: another pool in X than the one that is divided', async () => {
      const forged = await forgeProof(INPUT, {
        AttributionBatch: { 'x[b] <== pools[b];': 'x[b] <== pools[b] + (b == 0 ? 1 : 0);' },
      })
      expect(publicX(forged)[0]).toBe(STATEMENT.x[0]! + 1n)
      // One signal with the pool: the last step of the evaluation, and the S-box of the transcript, which takes it twice.
      forged.expectRejected(3)
    })

    test('error: a pool in an empty slot', async () => {
      const input = withValue(INPUT, 'pools', [EMPTY_SLOT], 10n ** 18n)
      await circuit.expectRefused(input)
      const forged = await forgeProof(input)
      expect(publicX(forged)[EMPTY_SLOT]).toBe(10n ** 18n)
      forged.expectRejected(1)
    })

    test('error: a salted commitment in an empty slot', async () => {
      const forged = await forgeProof(withValue(INPUT, 'inputSalts', [EMPTY_SLOT], 5n), {
        'trace/TraceSlot': { 'inputEntry <== active * input_.commitment;': 'inputEntry <== input_.commitment;' },
      })
      const features = range(SHAPE.features).map((j) => (j === SHAPE.features - 1 ? 127 : 0))
      expect(publicX(forged)[B + EMPTY_SLOT]).toBe(commitInput(features, 5n, SHAPE))
      forged.expectRejected(1)
    })

    test('error: a slot that is twice active, for twice a commitment', async () => {
      const input = withValue(INPUT, 'active', [EMPTY_SLOT], 2)
      await circuit.expectRefused(input)
      ;(await forgeProof(input)).expectRejected(1)
    })

    test('error: a trace in use passed off as empty but for its pool', async () => {
      const forged = await forgeProof(withValue(INPUT, 'active', [0], 0))
      expect(publicX(forged)[B]).toBe(0n)
      forged.expectRejected(1)
    })
  })

  describe('public signals', () => {
    test('error: the evaluation at another challenge', async () => {
      const { challenge } = STATEMENT.publicSignals
      const evaluation = evaluatePolynomial(STATEMENT.x, challenge + 1n)
      honest.expectForgeryRejected({ evaluation }, 1)
    })

    test('error: the evaluation of another X than the one in the digest', async () => {
      const { challenge } = STATEMENT.publicSignals
      const x = STATEMENT.x.with(0, STATEMENT.x[0]! + 1n)
      honest.expectForgeryRejected({ evaluation: evaluatePolynomial(x, challenge) }, 1)
    })

    test('error: the digest off by one, the Freivalds challenge drawn from it', async () => {
      const forged = await forgeProof(INPUT, {
        AttributionBatch: { 'digest <== transcript.out;': 'digest <== transcript.out + 1;' },
      })
      expect(publicSignals(forged)[0]).toBe(toField(STATEMENT.publicSignals.digest + 1n))
      forged.expectRejected(1)
    })

    test('error: a digest that does not absorb what it must', async () => {
      const { logitBits, scoreBits } = widthsOf(SHAPE)
      const wordCounts = {
        'context;': 1,
        'weightsCommitment;': 1,
        'indexCommitment;': 1,
        // Zeros in the empty slot stay what they are.
        'x[i];': 3 * (B - 1) + K,
        'batchSalt;': 1,
        'packedLogits.words[w];': Math.ceil((B * (C + 1)) / Math.floor(252 / logitBits)),
        'packedScores.words[w];': Math.ceil((B * K) / Math.floor(252 / (scoreBits + 1))),
      }
      for (const [word, count] of Object.entries(wordCounts)) {
        const line = `transcript.words[position] <== ${word}`
        const forged = await forgeProof(INPUT, { AttributionBatch: { [line]: 'transcript.words[position] <== 0;' } })
        expect(publicSignals(forged)[0], word).not.toBe(STATEMENT.publicSignals.digest)
        // Each word is taken twice by its S-box.
        forged.expectRejected(2 * count)
      }
    })

    test('error: weights other than the registered ones, all that follows computed from them', async () => {
      const head = BATCH.head.with(0, BATCH.head[0]!.with(2, BATCH.head[0]![2]! + 1))
      const traces = BATCH.traces.map((trace) => {
        const logits = head.map((row) => row.reduce((sum, weight, j) => sum + weight * trace.features[j]!, 0))
        return { ...trace, label: predictLabel(logits) }
      })
      const { weightsCommitment } = STATEMENT.publicSignals
      const input = { ...prepareInput({ ...BATCH, head, traces }).input, weightsCommitment: String(weightsCommitment) }
      await circuit.expectRefused(input)
      ;(await forgeProof(input)).expectRejected(1)
    })

    test('error: an index other than the registered one, all that follows computed from it', async () => {
      const index = { ...BATCH.index, scales: BATCH.index.scales.with(1, BATCH.index.scales[1]! ^ 1) }
      const { indexCommitment } = STATEMENT.publicSignals
      const input = { ...prepareInput({ ...BATCH, index }).input, indexCommitment: String(indexCommitment) }
      await circuit.expectRefused(input)
      ;(await forgeProof(input)).expectRejected(1)
    })

    test('error: features other than the committed ones', async () => {
      const features = BATCH.traces[0]!.features.with(0, BATCH.traces[0]!.features[0]! === 5 ? 6 : 5)
      const logits = BATCH.head.map((row) => row.reduce((sum, weight, j) => sum + weight * features[j]!, 0))
      const traces = BATCH.traces.with(0, { ...BATCH.traces[0]!, features, label: predictLabel(logits) })
      const committed = STATEMENT.x[B]!
      const actual = commitInput(features, BATCH.traces[0]!.inputSalt, SHAPE)
      const forged = await forgeProof(prepareInput({ ...BATCH, traces }).input, {
        'trace/TraceSlot': {
          'inputEntry <== active * input_.commitment;': `inputEntry <-- input_.commitment == ${actual} ? ${committed} : active * input_.commitment;`,
        },
      })
      expect(publicX(forged)[B]).toBe(committed)
      forged.expectRejected(1)
    })

    test('error: a proof shown for another context', async () => {
      const { context } = buildStatement({ ...BATCH, context: { ...BATCH.context, batchId: 2n } }).publicSignals
      honest.expectForgeryRejected({ context }, 2) // the S-box that takes the context takes it twice
    })

    test('error: a proof shown for another model or index', async () => {
      const { weightsCommitment, indexCommitment } = STATEMENT.publicSignals
      // The equality, and the S-box of the transcript, which takes it twice.
      honest.expectForgeryRejected({ weightsCommitment: weightsCommitment + 1n }, 3)
      honest.expectForgeryRejected({ indexCommitment: indexCommitment + 1n }, 3)
    })
  })

  test('behavior: no wire is free, nor any few together once the salts are given', () => {
    const inverses = honest.listFreeWires()
    // Inverses of 0: of each competitor within the table, and of the total where it is 0. They are multiplied by 0.
    const isInverse = /^slot\[\d\]\.(margin\.weight\[\d\]\.counts|poolRate\.totalIsZero)\.inv$/
    expect(inverses.filter((name) => !isInverse.test(name))).toEqual([])
    for (const name of inverses) expect(honest.signal(name.replace(/inv$/, 'out')), name).toBe(1n)
    const salts = ['batchSalt', ...range(B).flatMap((b) => [`inputSalts[${b}]`, `outputSalts[${b}]`])]
    expect(honest.listFreeDirections(salts)).toEqual(inverses)
    // Without them each salt moves a hash, and nothing else is free.
    expect(honest.listFreeDirections()).toHaveLength(inverses.length + salts.length)
  })
})

/** The input with one row of a signal replaced. */
function withRow(input: CircuitInput, signal: string, slot: number, row: readonly bigint[]): CircuitInput {
  return row.reduce((changed, value, i) => withValue(changed, signal, [slot, i], value), input)
}
