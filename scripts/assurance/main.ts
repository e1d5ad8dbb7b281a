/** `npm run assurance`: measures how well circuits, contracts and attribution rule withstand attack. See README.md of this folder. */
import { Command } from 'commander'
import { reportAndExit } from '../../prover/reportAndExit.ts'
import { StageProgress } from '../../prover/StageProgress.ts'
import { buildContracts } from '../buildContracts.ts'
import { buildKeys } from '../buildKeys.ts'
import { buildNativeProver } from '../buildNativeProver.ts'
import type { Depth } from './Part.ts'
import { printFigures } from './printFigures.ts'
import { PART_NAMES, requirePartNames, runParts } from './runParts.ts'

const program = new Command('npm run assurance --')
  .description(
    'Tampers with circuits, contracts, proofs, keys and queries, and measures how much of it is noticed. Exits with 1 when a figure misses its gate.',
  )
  .argument('[parts...]', `only these: ${PART_NAMES.join(', ')}`)
  .option('--fast', 'the part of it that npm test runs')
  .option('--json', 'print the figures as JSON on stdout')
  .addHelpText('after', '\nExamples:\n  npm run assurance -- --json\n  npm run assurance -- circuits economics --fast')
  .action(async (names: string[], { fast = false, json = false }: { fast?: boolean; json?: boolean }) => {
    const depth: Depth = fast ? 'fast' : 'full'
    const chosen = requirePartNames(names)
    // On stderr, so with --json too: a full run takes most of an hour.
    const progress = new StageProgress()
    await buildNativeProver(progress)
    await buildKeys(progress)
    await progress.run('contracts', 'Compile the contracts', buildContracts)
    const results = await runParts(chosen, depth, progress)
    const isMet = results.every(({ ok }) => ok)
    if (json) console.log(JSON.stringify({ ok: isMet, depth, parts: results, seconds: progress.seconds }))
    else printFigures(results)
    if (!isMet) process.exitCode = 1
  })

await reportAndExit(program)
