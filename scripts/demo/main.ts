/** `npm run demo`: train, register, pay, infer, seal, prove, settle, net, withdraw, with real parts and from nothing. */
import { once } from 'node:events'
import { relative } from 'node:path'
import { Command } from 'commander'
import type { Address } from 'viem'
import { getBalance } from 'viem/actions'
import type { Artifacts } from '../../prover/proving/artifacts.ts'
import { openChildProcessBackend } from '../../prover/proving/childProcessBackend.ts'
import { chooseProver, describeProver } from '../../prover/proving/chooseProver.ts'
import { terminate } from '../../prover/proving/snarkjs.ts'
import { submitProof } from '../../prover/proving/submitProof.ts'
import { reportAndExit } from '../../prover/reportAndExit.ts'
import { StageProgress } from '../../prover/StageProgress.ts'
import { toJson } from '../../src/statement/traceBatchSchema.ts'
import { buildContracts } from '../buildContracts.ts'
import { buildExplorer } from '../buildExplorer.ts'
import { buildNativeProver } from '../buildNativeProver.ts'
import { REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'
import { freePort } from '../freePort.ts'
import { ensureDevKeysOfShape } from '../keys/ensureDevKeys.ts'
import { type LocalChain, startLocalChain } from '../startLocalChain.ts'
import { attemptForgeries, attemptReplay } from './attemptForgeries.ts'
import { buildDemoModel } from './buildDemoModel.ts'
import { closeAndWithdraw } from './closeAndWithdraw.ts'
import { connect } from './connect.ts'
import type { DemoResult } from './DemoResult.ts'
import type { DemoSetting } from './DemoSetting.ts'
import { createDemoAccounts, type DemoAccounts, genesisBalances } from './demoAccounts.ts'
import { deployDemo } from './deployDemo.ts'
import { GasLedger } from './GasLedger.ts'
import { printReport } from './printReport.ts'
import { type ProvenInferences, proveInferences } from './proveInferences.ts'
import { serveExplorer } from './serveExplorer.ts'
import { payForInferences, sealInferences } from './serveInferences.ts'
import { summarise } from './summarise.ts'
import { writeDemoBundle } from './writeDemoBundle.ts'

const RPC_PORT = 8545

async function prepare(progress: StageProgress, isServed: boolean) {
  await buildNativeProver(progress)
  const { artifacts } = await progress.run('keys', 'Circuit and DEV keys', (onProgress) =>
    ensureDevKeysOfShape('small', { onProgress }),
  )
  await terminate()
  await progress.run('contracts', 'Compile the contracts', buildContracts)
  if (isServed) await progress.run('explorer', 'Build the explorer', () => buildExplorer())
  const model = await progress.run('model', 'Train the head, compute the influence index', async () => buildDemoModel())
  const accounts = createDemoAccounts(model.corpus.contributors.length)
  // Where the commands of the README look for it; a chain that nobody is to ask takes any port.
  const port = isServed ? await freePort(RPC_PORT) : 0
  const chain = await progress.run('chain', 'Start the L2 (1,000,000,000 OPEN)', () =>
    startLocalChain(genesisBalances(accounts), { port }),
  )
  return { artifacts, model, accounts, chain }
}

async function run(
  { artifacts, model, accounts, chain }: Awaited<ReturnType<typeof prepare>>,
  progress: StageProgress,
): Promise<{ result: DemoResult; setting: DemoSetting; proven: readonly ProvenInferences[] }> {
  const prover = chooseProver()
  const backend = openChildProcessBackend(artifacts, { prover })
  try {
    const supplyWei = await readGenesisSupply(chain, accounts)
    const setting = await progress.run('deploy', 'Deploy, register circuit, model and index', () =>
      deployDemo({ chain, accounts, model, gas: new GasLedger() }, artifacts),
    )
    const { inferences, epochId } = await progress.run('pay', `Pay for ${model.queries.length} inferences`, (report) =>
      payForInferences(setting, report),
    )
    const sealed = await progress.run('seal', 'Answer and seal', () => sealInferences(setting, inferences))
    await progress.run('prepare', 'Open the prover', (report) => backend.prepare(report))
    const proven = await progress.run('prove', `Prove ${sealed.length} batches`, (report) =>
      proveInferences(setting, sealed, artifacts, backend, report),
    )
    const batches = proven.map(({ proven }) => proven)
    const forgeries = await progress.run('forge', 'Try to forge payouts', () => attemptForgeries(setting, batches[0]!))
    await progress.run('settle', 'Settle with proofs', async (report) => {
      const prover = connect(chain, accounts.prover)
      for (const [i, batch] of batches.entries()) {
        setting.gas.note('settle', await submitProof(prover, setting.deployment, batch))
        report((i + 1) / batches.length)
      }
      forgeries.push(await attemptReplay(setting, batches[0]!))
    })
    const payout = await progress.run('withdraw', 'Close the epoch and withdraw', () =>
      closeAndWithdraw(setting, epochId),
    )
    const bundle = await writeDemoBundle(proven[0]!)
    const { constraints } = artifacts.manifest
    const record = {
      model,
      inferences,
      proven: batches,
      payout,
      forgeries,
      supplyWei,
      constraints,
      bundle,
      prover: describeProver(prover),
    }
    const result = await progress.run('leaveOneOut', 'Compare with leave-one-out retraining', async () =>
      summarise({ ...record, gas: setting.gas.most, seconds: progress.seconds }),
    )
    return { result, setting, proven }
  } finally {
    await backend.close()
  }
}

/** Nothing but these accounts has a balance in the genesis block. */
async function readGenesisSupply(chain: LocalChain, accounts: DemoAccounts): Promise<bigint> {
  const client = connect(chain, accounts.governance)
  const addresses: Address[] = [...genesisBalances(accounts).keys()]
  const balances = await Promise.all(addresses.map((address) => getBalance(client, { address, blockNumber: 0n })))
  return balances.reduce((sum, wei) => sum + wei, 0n)
}

/** Keeps the chain up, and a node that shows it, until the user ends them. */
async function serve(
  setting: DemoSetting,
  { bundle }: DemoResult,
  proven: readonly ProvenInferences[],
  artifacts: Artifacts,
  progress: StageProgress,
): Promise<void> {
  const stopped = once(process, 'SIGINT')
  const { url, disclosed, stop } = await progress.run('serve', 'Start a node with the explorer', () =>
    serveExplorer(setting, proven, artifacts),
  )
  try {
    const { chain, deployment, accounts } = setting
    const at = `--rpc-url ${chain.rpcUrl} --escrow ${deployment.inferenceEscrow}`
    const traces = relative(REPOSITORY_ROOT, disclosed)
    console.error(`
The explorer is at ${url}/ and its chain at ${chain.rpcUrl}, until you press Ctrl-C. In another terminal:

the contract verifies the first proof
  npx poa proof verify --proof ${bundle.proof} --public ${bundle.public} --onchain ${at}
replay the chain from its events, every proof and every wei
  npx poa audit run ${at} --traces ${traces} --out build/demo/audit
check what that wrote, without the chain
  npx poa audit verify build/demo/audit/bundle.jsonl.gz
why a contributor was paid, what became of an epoch, of a request
  npx poa explain --contributor ${accounts.contributors[0]!.address} ${at} --traces ${traces}
  npx poa explain --epoch 1 ${at}
  npx poa explain --trace 17 ${at} --traces ${traces}`)
    await stopped
  } finally {
    await stop()
  }
}

const program = new Command('npm run demo --')
  .description('Pays contributors for proven attributions, from training to withdrawal, on a chain of its own.')
  .option('--json', 'print nothing but one JSON object; wei are decimal strings')
  .option('--serve', 'keep the chain up afterwards, and show it in the explorer, until Ctrl-C')
  .addHelpText('after', '\nExamples:\n  npm run demo\n  npm run demo -- --json\n  npm run demo -- --serve')
  .action(async (options: { json?: boolean; serve?: boolean }) => {
    const progress = new StageProgress({ isQuiet: options.json ?? false })
    const prepared = await prepare(progress, options.serve ?? false)
    try {
      const { result, setting, proven } = await run(prepared, progress)
      if (options.json) console.log(toJson(result))
      else printReport(result)
      if (!result.ok) process.exitCode = 1
      if (options.serve) await serve(setting, result, proven, prepared.artifacts, progress)
      else if (!options.json) console.log('\nTo see all of it in a browser: npm run demo -- --serve')
    } finally {
      await prepared.chain.stop()
    }
  })

await reportAndExit(program)
