/**
 * Generated sources that are committed: `npm run generate` writes them, `npm run generate -- --check` compares them.
 *
 * - src/chain/abi.ts: what the contracts look like from TypeScript
 * - verifier-contracts/src/generated/*Verifier.sol: one verifier for each shape, from its DEV keys; verifiers.json: from what they were made
 * - circuits/constraints.json: what each shape and each part of `small` costs
 * - verifier-contracts/test/fixtures/*-settlement.json: settlements with real proofs, for the forge tests
 * - the table of the negative catalogue in test/README.md
 *
 * Of shapes that are not named, here and in a check, verifier, counts and fixture stay as committed; `npm test` compares what they were made
 * from with today's sources.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { terminate } from '../../prover/proving/snarkjs.ts'
import { reportAndExit } from '../../prover/reportAndExit.ts'
import { StageProgress } from '../../prover/StageProgress.ts'
import type { ShapeName } from '../../src/shape.ts'
import { buildContracts } from '../buildContracts.ts'
import { buildKeys, shapesOption } from '../buildKeys.ts'
import { REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'
import type { GeneratedFile } from './GeneratedFile.ts'
import { generateAbis } from './generateAbis.ts'
import { generateCatalogueTable } from './generateCatalogueTable.ts'
import { generateConstraintCounts } from './generateConstraintCounts.ts'
import { FIXTURE_SHAPES, generateFixture } from './generateFixture.ts'
import { generateVerifiers } from './generateVerifiers.ts'

async function write({ path, content }: GeneratedFile): Promise<void> {
  await mkdir(dirname(join(REPOSITORY_ROOT, path)), { recursive: true })
  await writeFile(join(REPOSITORY_ROOT, path), content)
}

async function differs({ path, content }: GeneratedFile): Promise<boolean> {
  return (await readFile(join(REPOSITORY_ROOT, path), 'utf8').catch(() => undefined)) !== content
}

const program = new Command('npm run generate --')
  .description(
    'Writes the generated sources that are committed: ABIs, verifiers, constraint counts, proof fixture, table of the catalogue.',
  )
  .addOption(shapesOption())
  .option('--check', 'compare instead of write; exit 1 when a file is stale')
  .option('--json', 'print the result as JSON')
  .addHelpText('after', '\nExamples:\n  npm run generate -- --check\n  npm run generate -- --shape standard')
  .action(
    async ({
      shape,
      check = false,
      json = false,
    }: {
      shape: readonly ShapeName[]
      check?: boolean
      json?: boolean
    }) => {
      const progress = new StageProgress({ isQuiet: json })
      await buildKeys(progress, shape)
      const stale: string[] = []
      const generated: string[] = []
      const emit = async (file: GeneratedFile) => {
        if (await differs(file)) stale.push(file.path)
        generated.push(file.path)
        if (!check) await write(file)
      }
      // In this order: forge compiles the verifiers, the ABIs come from forge, and the fixture needs nothing of either.
      for (const file of await progress.run('verifiers', 'Verifier contracts', () => generateVerifiers(shape)))
        await emit(file)
      await emit(await progress.run('constraints', 'Constraint counts', () => generateConstraintCounts(shape)))
      await progress.run('contracts', 'Compile the contracts', buildContracts)
      await emit(await progress.run('abi', 'ABIs', generateAbis))
      for (const name of FIXTURE_SHAPES.filter((name) => shape.includes(name)))
        await emit(await progress.run('fixture', `Proof fixture: ${name}`, () => generateFixture(name)))
      await emit(await generateCatalogueTable())
      await terminate()
      if (json)
        console.log(
          JSON.stringify({ ok: !check || stale.length === 0, generated, [check ? 'stale' : 'changed']: stale }),
        )
      else if (stale.length > 0) console.log(`${check ? 'stale' : 'changed'}: ${stale.join(', ')}`)
      if (check && stale.length > 0) {
        if (!json) console.error('Run `npm run generate` and commit the result.')
        process.exitCode = 1
      }
    },
  )

await reportAndExit(program)
