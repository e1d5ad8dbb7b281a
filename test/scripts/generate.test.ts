/** Generated sources that are committed must be what the sources they come from give today. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { terminate } from '../../prover/proving/snarkjs.ts'
import { buildContracts } from '../../scripts/buildContracts.ts'
import { DEFAULT_SHAPES } from '../../scripts/buildKeys.ts'
import { hashSourcesOfShape, REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import { generateAbis } from '../../scripts/generate/generateAbis.ts'
import { generateCatalogueTable } from '../../scripts/generate/generateCatalogueTable.ts'
import { generateConstraintCounts, readConstraintCounts } from '../../scripts/generate/generateConstraintCounts.ts'
import { generateFixture } from '../../scripts/generate/generateFixture.ts'
import { generateVerifiers, readVerifierOrigins, verifierPath } from '../../scripts/generate/generateVerifiers.ts'
import { DEV_SETUP_VERSION } from '../../scripts/keys/createDevKeys.ts'
import { ensureDevKeysOfShape } from '../../scripts/keys/ensureDevKeys.ts'
import { SHAPE_NAMES } from '../../src/shape.ts'

beforeAll(async () => {
  for (const shape of DEFAULT_SHAPES) await ensureDevKeysOfShape(shape)
  await buildContracts()
})
afterAll(terminate)

const committed = (path: string) => readFile(join(REPOSITORY_ROOT, path), 'utf8')

describe('generated sources', () => {
  test('default: constraint counts', async () => {
    const { path, content } = await generateConstraintCounts(DEFAULT_SHAPES)
    expect(await committed(path)).toBe(content)
  })

  test('behavior: `small` stays within 65,000 constraints', async () => {
    const { content } = await generateConstraintCounts(DEFAULT_SHAPES)
    expect(JSON.parse(content).shapes.small.constraints).toBeLessThanOrEqual(65_000)
  })

  test('default: verifier contracts', async () => {
    for (const { path, content } of await generateVerifiers(DEFAULT_SHAPES)) expect(await committed(path)).toBe(content)
  })

  test('default: ABIs', async () => {
    const { path, content } = await generateAbis()
    expect(await committed(path)).toBe(content)
  })

  test('default: the table of the negative catalogue', async () => {
    const { path, content } = await generateCatalogueTable()
    expect(await committed(path)).toBe(content)
  })

  test('default: the proof fixture, whose proof must still be valid', async () => {
    const { path, content } = await generateFixture('tiny')
    expect(await committed(path)).toBe(content)
  })
})

/** What `npm run generate -- --shape NAME` made is checked by `npm run test:NAME`; here, that nothing it was made from has changed since. */
describe('shapes that are not built by default', () => {
  const others = SHAPE_NAMES.filter((name) => !DEFAULT_SHAPES.includes(name))

  test.each(others)('default: %s: its constraints were counted on the circuits of today', async (name) => {
    const { shapes } = await readConstraintCounts()
    expect(shapes[name]?.sourceHash).toBe(await hashSourcesOfShape(name))
  })

  test.each(others)(
    'default: %s: its verifier was generated from the circuits and the set-up of today',
    async (name) => {
      const sha256 = createHash('sha256')
        .update(await committed(verifierPath(name)))
        .digest('hex')
      const origin = { sha256, sourceHash: await hashSourcesOfShape(name), setupVersion: DEV_SETUP_VERSION }
      expect((await readVerifierOrigins()).verifiers[name]).toEqual(origin)
    },
  )

  test('behavior: `standard` fits a domain of 2^19, with the rows of its six public signals and the constant', async () => {
    const { shapes } = await readConstraintCounts()
    expect(shapes.standard!.constraints + 7).toBeLessThan(2 ** 19)
  })
})
