/** `npm run test:standard`: what is too long for `npm test`. A full batch of the shape `standard`, from keys to withdrawals. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { StageProgress } from '../prover/StageProgress.ts'
import { buildContracts } from './buildContracts.ts'
import { buildKeys } from './buildKeys.ts'
import { buildNativeProver } from './buildNativeProver.ts'
import { REPOSITORY_ROOT } from './circuits/compileCircuit.ts'
import { runVitest } from './runVitest.ts'

/** Gas by call, as test/standard/settleStandard.test.ts measured it on the chain. */
const GAS_PATH = join(REPOSITORY_ROOT, 'build', 'test-results', 'standard-gas.json')

const program = new Command('npm run test:standard --')
  .description(
    'Compiles the shape standard, makes DEV keys, compares what is generated from them, proves and settles full batches.',
  )
  .option('--json', 'print counts, gas and seconds as JSON on stdout')
  .addHelpText('after', '\nExample:\n  npm run test:standard -- --json')
  .action(async ({ json = false }: { json?: boolean }) => {
    const progress = new StageProgress({ isQuiet: json })
    await buildNativeProver(progress)
    await buildKeys(progress, ['standard'])
    await progress.run('contracts', 'Compile the contracts', buildContracts)
    await rm(GAS_PATH, { force: true }) // what is printed must be this run's
    const { passed, failed, failures } = await progress.run('vitest', 'Proofs and settlement', () =>
      runVitest(['--config', 'vitest.standard.config.ts']),
    )
    const gas = JSON.parse(await readFile(GAS_PATH, 'utf8').catch(() => '{}')) as Record<string, number>
    if (json)
      console.log(JSON.stringify({ ok: failed === 0, passed, failed, failures, gas, seconds: progress.seconds }))
    else {
      for (const failure of failures) console.error(`\nFAILED ${failure}`)
      for (const [call, used] of Object.entries(gas)) console.log(`${call.padEnd(48)} ${used.toLocaleString('en')} gas`)
      console.log(`\n${passed} passed, ${failed} failed`)
    }
    if (failed > 0 || passed === 0) process.exitCode = 1
  })

await reportAndExit(program)
