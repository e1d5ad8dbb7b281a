import { beforeAll, describe, test } from 'vitest'
import { seededRandom } from '../../scripts/randomBatch.ts'
import { FIELD_ORDER, toField } from '../../src/field.ts'
import { type Circuit, openCircuit, toInput } from './openCircuit.ts'

const [K, C, H] = [4, 3, 5]
const { integer, bigBits } = seededRandom(6)
const draw = (length: number, bound: number) => Array.from({ length }, () => BigInt(integer(-bound, bound)))
const dot = (a: readonly bigint[], b: readonly bigint[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0n)

type Products = {
  readonly features: readonly bigint[]
  readonly delta: readonly bigint[]
  readonly logits: readonly bigint[]
  readonly rawScores: readonly bigint[]
  readonly powers: readonly bigint[]
  readonly combinedWeights: readonly bigint[]
  readonly combinedVectors: readonly (readonly bigint[])[]
}

/** A trace with the right products, and what AttributionBatch combines of weights and vectors at the challenge. */
function rightProducts(rho = bigBits(250), filled?: bigint): Products {
  const fill = (length: number, bound: number) =>
    filled === undefined ? draw(length, bound) : Array<bigint>(length).fill(filled)
  const weights = Array.from({ length: C }, () => fill(H, 32767))
  const vectors = Array.from({ length: K }, () => Array.from({ length: C }, () => fill(H, 127)))
  const features = [...fill(H - 1, 127), 127n]
  const delta = draw(C, 255)
  const powers = Array.from({ length: Math.max(K, C) }, () => 1n)
  for (let i = 1; i < powers.length; i++) powers[i] = (powers[i - 1]! * rho) % FIELD_ORDER
  const combine = (rows: readonly (readonly bigint[])[]) =>
    Array.from({ length: H }, (_, j) => toField(rows.reduce((sum, row, r) => sum + powers[r]! * row[j]!, 0n)))
  return {
    features,
    delta,
    logits: weights.map((row) => dot(row, features)),
    rawScores: vectors.map((vector) => vector.reduce((sum, row, k) => sum + delta[k]! * dot(row, features), 0n)),
    powers,
    combinedWeights: combine(weights),
    combinedVectors: Array.from({ length: C }, (_, k) => combine(vectors.map((vector) => vector[k]!))),
  }
}

let circuit: Circuit
beforeAll(async () => {
  const publicInputs = Object.keys(rightProducts())
  circuit = await openCircuit({ template: 'batch/ProductCheck', parameters: [K, C, H], publicInputs })
})

const add = (values: readonly bigint[], place: number, value: bigint) => values.with(place, values[place]! + value)

describe('ProductCheck', () => {
  test.each([
    ['default', rightProducts()],
    ['behavior: a challenge of 0', rightProducts(0n)],
    ['behavior: a challenge of 1', rightProducts(1n)],
    ['behavior: zeros', rightProducts(bigBits(250), 0n)],
    ['behavior: the largest values', rightProducts(bigBits(250), 127n)],
  ])('%s', async (_, products) => {
    await circuit.expectPass(toInput(products))
  })

  test('behavior: more classes than contributors', async () => {
    const publicInputs = Object.keys(rightProducts())
    const wide = await openCircuit({ template: 'batch/ProductCheck', parameters: [1, C, H], publicInputs })
    const { rawScores, powers, combinedVectors, ...rest } = rightProducts(0n)
    await wide.expectPass(
      toInput({ ...rest, combinedVectors, rawScores: rawScores.slice(0, 1), powers: powers.slice(0, C) }),
    )
  })

  test.each([0, 1, 2])('error: logit %s off by one', async (k) => {
    const products = rightProducts()
    for (const lie of [1n, -1n, 1n << 64n]) {
      const input = toInput({ ...products, logits: add(products.logits, k, lie) })
      await circuit.expectRefused(input)
      ;(await circuit.forge(input)).expectRejected(1)
    }
  })

  test.each([0, 1, 2, 3])('error: raw score %s off by one', async (c) => {
    const products = rightProducts()
    const input = toInput({ ...products, rawScores: add(products.rawScores, c, 1n) })
    await circuit.expectRefused(input)
    ;(await circuit.forge(input)).expectRejected(1)
  })

  test('error: one score moved to another contributor, or two of them swapped', async () => {
    const products = rightProducts()
    const { rawScores } = products
    const moved = add(add(rawScores, 1, 1n), 2, -1n)
    const swapped = rawScores.with(0, rawScores[1]!).with(1, rawScores[0]!)
    for (const lie of [moved, swapped]) {
      ;(await circuit.forge(toInput({ ...products, rawScores: lie }))).expectRejected(1)
    }
  })

  test('error: all scores or all logits negated or doubled', async () => {
    const products = rightProducts()
    for (const factor of [-1n, 2n]) {
      const scaled = (values: readonly bigint[]) => values.map((value) => factor * value)
      ;(await circuit.forge(toInput({ ...products, rawScores: scaled(products.rawScores) }))).expectRejected(1)
      ;(await circuit.forge(toInput({ ...products, logits: scaled(products.logits) }))).expectRejected(1)
    }
  })

  test('error: another gradient or another feature', async () => {
    const products = rightProducts()
    ;(await circuit.forge(toInput({ ...products, delta: add(products.delta, 1, 1n) }))).expectRejected(1)
    // Features are in both products.
    ;(await circuit.forge(toInput({ ...products, features: add(products.features, 0, 1n) }))).expectRejected(2)
  })

  test('error: a term of a sum off by one', async () => {
    const lines = {
      'combinedWeights[j] * features[j];': 'weightTerms',
      'powers[k] * logits[k];': 'logitTerms',
      'combinedVectors[k][j] * features[j];': 'vectorTerms',
      'delta[k] * vectorSum;': 'deltaTerms',
      'powers[c] * rawScores[c];': 'scoreTerms',
    }
    for (const line of Object.keys(lines)) {
      const index = line.includes('[c]')
        ? 'c == 1'
        : line.includes('[k][j]')
          ? 'k + j == 0'
          : line.includes('[j]')
            ? 'j == 0'
            : 'k == 1'
      const forged = await circuit.forge(toInput(rightProducts()), {
        'batch/ProductCheck': { [line]: line.replace(';', ` + (${index} ? 1 : 0);`) },
      })
      // The term itself and the equality of the sums, one of which --O2 may have merged into the other.
      forged.expectRejected(TERM_VIOLATIONS[lines[line as keyof typeof lines]]!)
    }
  })

  test('behavior: who knows the challenge first can lie, which is why it is drawn from the digest of all this', async () => {
    const products = rightProducts()
    const rho = products.powers[1]!
    const logits = add(add(products.logits, 0, rho), 1, -1n)
    const rawScores = add(add(products.rawScores, 2, rho), 3, -1n)
    await circuit.expectPass(toInput({ ...products, logits, rawScores }))
  })

  test('behavior: the last feature counts as 127 whatever it is; InputCommitment fixes it', async () => {
    const products = rightProducts()
    await circuit.expectPass(toInput({ ...products, features: products.features.with(H - 1, 0n) }))
  })

  test('behavior: no wire is free', async () => {
    for (const rho of [bigBits(250), 0n]) (await circuit.expectPass(toInput(rightProducts(rho)))).expectNoFreeWire()
  })
})

const TERM_VIOLATIONS: Readonly<Record<string, number>> = {
  weightTerms: 2,
  logitTerms: 2,
  vectorTerms: 2,
  deltaTerms: 2,
  scoreTerms: 2,
}
