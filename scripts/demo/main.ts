/** `npm run demo`: train, register, pay, infer, seal, prove, settle, net, withdraw, with real parts and from nothing. */
import { Command } from 'commander'
import { openSnarkjsBackend } from '../../prover/snarkjsBackend.ts'
import { terminate } from '../../prover/snarkjs.ts'
import { settleBatch } from '../../src/chain/settleBatch.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import { buildContracts } from '../buildContracts.ts'
import { ensureDevKeysOfShape } from '../keys/ensureDevKeys.ts'
import { reportAndExit } from '../reportAndExit.ts'
import { StageProgress } from '../StageProgress.ts'
import { OPEN_SUPPLY_WEI, startLocalChain } from '../startLocalChain.ts'
import { attemptForgeries, attemptReplay } from './attemptForgeries.ts'
import { buildDemoModel } from './buildDemoModel.ts'
import { closeAndWithdraw } from './closeAndWithdraw.ts'
import { connect } from './connect.ts'
import type { DemoResult } from './DemoResult.ts'
import { createDemoAccounts, genesisBalances } from './demoAccounts.ts'
import { deployDemo } from './deployDemo.ts'
import { GasLedger } from './GasLedger.ts'
import { printReport } from './printReport.ts'
import { proveBatches } from './proveInferences.ts'
import { payForInferences, sealInferences } from './serveInferences.ts'
import { summarise } from './summarise.ts'

async function runDemo(progress: StageProgress): Promise<DemoResult> {
  const { artifacts } = await progress.run('keys', 'Circuit and DEV keys', (onProgress) =>
    ensureDevKeysOfShape('small', { onProgress }),
  )
  await terminate()
  await progress.run('contracts', 'Compile the contracts', buildContracts)
  const model = await progress.run('model', 'Train the head, compute the influence index', async () => buildDemoModel())

  const accounts = createDemoAccounts(model.corpus.contributors.length)
  const balances = genesisBalances(accounts)
  const chain = await progress.run('chain', 'Start the L2 (1,000,000,000 OPEN)', () => startLocalChain(balances))
  const backend = openSnarkjsBackend(artifacts)
  const gas = new GasLedger()
  try {
    const { deployment, modelId } = await progress.run('deploy', 'Deploy, register circuit, model and index', () =>
      deployDemo(chain, accounts, artifacts, model, gas),
    )
    const { inferences, epochId } = await progress.run('pay', `Pay for ${model.queries.length} inferences`, (report) =>
      payForInferences(chain, accounts, deployment, modelId, model.queries, gas, report),
    )
    const batches = await progress.run('seal', 'Answer and seal', () =>
      sealInferences(chain, accounts, deployment, modelId, model, inferences, gas),
    )
    const proven = await progress.run('prove', `Prove ${batches.length} batches`, (report) =>
      proveBatches(chain, accounts, deployment, model, batches, artifacts, backend, report),
    )
    const greedySlot = model.corpus.contributors.findIndex(({ kind }) => kind === 'mislabelled')
    const forgeries = await progress.run('forge', 'Try to forge payouts', () =>
      attemptForgeries(chain, accounts, deployment, proven[0]!, greedySlot),
    )
    await progress.run('settle', 'Settle with proofs', async (report) => {
      const prover = connect(chain, accounts.prover)
      for (const [i, batch] of proven.entries()) {
        gas.note('settle', await settleBatch(prover, deployment, batch))
        report((i + 1) / proven.length)
      }
      forgeries.push(await attemptReplay(chain, accounts, deployment, proven[0]!))
    })
    const payout = await progress.run('withdraw', 'Close the epoch and withdraw', () =>
      closeAndWithdraw(chain, accounts, deployment, { modelId, epochId }, gas),
    )
    return await progress.run('leaveOneOut', 'Compare with leave-one-out retraining', async () =>
      summarise({
        model,
        inferences,
        proven,
        payout,
        forgeries,
        supplyWei: [...balances.values()].reduce((sum, wei) => sum + wei, 0n),
        expectedSupplyWei: OPEN_SUPPLY_WEI,
        gas: gas.most,
        seconds: progress.seconds,
        constraints: artifacts.manifest.constraints,
      }),
    )
  } finally {
    await backend.close()
    await chain.stop()
  }
}

const program = new Command('npm run demo --')
  .description('Pays contributors for proven attributions, from training to withdrawal, on a chain of its own.')
  .option('--json', 'print nothing but one JSON object; wei are decimal strings')
  .addHelpText('after', '\nExamples:\n  npm run demo\n  npm run demo -- --json')
  .action(async ({ json = false }: { json?: boolean }) => {
    const result = await runDemo(new StageProgress({ isQuiet: json }))
    if (json) console.log(toJson(result))
    else printReport(result)
    if (!result.ok) process.exitCode = 1
  })

await reportAndExit(program)
