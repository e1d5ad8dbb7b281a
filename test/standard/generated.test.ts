/** What `npm run generate -- --shape standard` made and is committed must be what it would make today. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { terminate } from '../../prover/proving/snarkjs.ts'
import { REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'
import { generateConstraintCounts } from '../../scripts/generate/generateConstraintCounts.ts'
import { generateFixture } from '../../scripts/generate/generateFixture.ts'
import { generateVerifiers } from '../../scripts/generate/generateVerifiers.ts'
import { ensureDevKeysOfShape } from '../../scripts/keys/ensureDevKeys.ts'

beforeAll(async () => {
  await ensureDevKeysOfShape('standard')
})
afterAll(terminate)

const committed = (path: string) => readFile(join(REPOSITORY_ROOT, path), 'utf8')

describe('generated from standard', () => {
  test('default: its constraint counts', async () => {
    const { path, content } = await generateConstraintCounts(['standard'])
    expect(await committed(path)).toBe(content)
  })

  test('default: its verifier contract', async () => {
    const files = await generateVerifiers(['standard'])
    expect(files.map(({ path }) => path)).toContain('verifier-contracts/src/generated/StandardVerifier.sol')
    for (const { path, content } of files) expect(await committed(path)).toBe(content)
  })

  test('default: its proof fixture, whose proof must still be valid', async () => {
    const { path, content } = await generateFixture('standard')
    expect(await committed(path)).toBe(content)
  })
})
