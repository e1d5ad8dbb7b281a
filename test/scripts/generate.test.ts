/** Generated sources that are committed must be what the sources they come from give today. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { terminate } from '../../prover/proving/snarkjs.ts'
import { buildContracts } from '../../scripts/buildContracts.ts'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import { generateAbis } from '../../scripts/generate/generateAbis.ts'
import { generateConstraintCounts } from '../../scripts/generate/generateConstraintCounts.ts'
import { generateFixture } from '../../scripts/generate/generateFixture.ts'
import { generateVerifiers } from '../../scripts/generate/generateVerifiers.ts'
import { ensureDevKeysOfShape } from '../../scripts/keys/ensureDevKeys.ts'
import { SHAPE_NAMES } from '../../src/shape.ts'

beforeAll(async () => {
  for (const shape of SHAPE_NAMES) await ensureDevKeysOfShape(shape)
  await buildContracts()
})
afterAll(terminate)

const committed = (path: string) => readFile(join(REPOSITORY_ROOT, path), 'utf8')

describe('generated sources', () => {
  test('default: constraint counts', async () => {
    const { path, content } = await generateConstraintCounts()
    expect(await committed(path)).toBe(content)
  })

  test('behavior: `small` stays within 65,000 constraints', async () => {
    const { content } = await generateConstraintCounts()
    expect(JSON.parse(content).shapes.small.constraints).toBeLessThanOrEqual(65_000)
  })

  test('default: verifier contracts', async () => {
    for (const { path, content } of await generateVerifiers()) expect(await committed(path)).toBe(content)
  })

  test('default: ABIs', async () => {
    const { path, content } = await generateAbis()
    expect(await committed(path)).toBe(content)
  })

  test('default: the proof fixture, whose proof must still be valid', async () => {
    const { path, content } = await generateFixture()
    expect(await committed(path)).toBe(content)
  })
})
