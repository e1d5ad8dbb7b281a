import { Command } from 'commander'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { StageProgress } from '../prover/StageProgress.ts'
import type { ShapeName } from '../src/shape.ts'
import { buildContracts } from './buildContracts.ts'
import { buildExplorer } from './buildExplorer.ts'
import { buildKeys, shapesOption } from './buildKeys.ts'
import { buildNativeProver } from './buildNativeProver.ts'

const program = new Command('npm run build --')
  .description(
    'Compiles the native prover, circuits, contracts and the explorer and makes DEV keys, each only where needed.',
  )
  .addOption(shapesOption())
  .option('--json', 'print the result as JSON')
  .addHelpText('after', '\nExamples:\n  npm run build -- --json\n  npm run build -- --shape standard')
  .action(async ({ shape, json = false }: { shape: readonly ShapeName[]; json?: boolean }) => {
    const progress = new StageProgress({ isQuiet: json })
    await buildNativeProver(progress)
    await buildKeys(progress, shape)
    await progress.run('contracts', 'Contracts', buildContracts)
    await progress.run('explorer', 'Explorer', () => buildExplorer())
    if (json) console.log(JSON.stringify({ ok: true, seconds: progress.seconds }))
  })

await reportAndExit(program)
