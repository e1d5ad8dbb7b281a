/** `npm run devnet`: a local chain with everything that the walk-through of prover/commands/README.md needs. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { BaseError, createTestClient, HttpRequestError, http } from 'viem'
import { increaseTime, mine } from 'viem/actions'
import { terminate } from '../../prover/proving/snarkjs.ts'
import { reportAndExit } from '../../prover/reportAndExit.ts'
import { StageProgress } from '../../prover/StageProgress.ts'
import { PoaError } from '../../src/errors.ts'
import { SHAPE_NAMES, shapeNamed } from '../../src/shape.ts'
import { buildContracts } from '../buildContracts.ts'
import { buildExplorer } from '../buildExplorer.ts'
import { buildNativeProver } from '../buildNativeProver.ts'
import { connect } from '../demo/connect.ts'
import { createDemoAccounts, genesisBalances } from '../demo/demoAccounts.ts'
import { loadCorpus } from '../demo/loadCorpus.ts'
import { ensureDevKeysOfShape } from '../keys/ensureDevKeys.ts'
import { startLocalChain } from '../startLocalChain.ts'
import { DEVNET_POLICY, deployDevnet } from './deployDevnet.ts'
import { DEVNET_DIRECTORY, writeDevnetFiles } from './writeDevnetFiles.ts'

type StartOptions = { readonly port: number; readonly shape: string; readonly out: string; readonly json?: boolean }

/** Blocks come by themselves, as on a public chain: a transaction is final some blocks later. */
const BLOCK_SECONDS = 2
const DEFAULT_PORT = 8545

const integer = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('An integer is needed.')
  return Number(text)
}

const start = new Command('start')
  .description(
    'Start the chain (the default), deploy the contracts, register the circuit; write settings, keys and sample files. Stays up until Ctrl-C. Its accounts are published and their coin is worth nothing: local only.',
  )
  .option('--port <port>', 'port of the chain, on 127.0.0.1', integer, DEFAULT_PORT)
  .addOption(new Option('--shape <name>', 'circuit').choices(SHAPE_NAMES).default('small'))
  .option('--out <directory>', 'where the files go; data of an earlier devnet there is removed', DEVNET_DIRECTORY)
  .option('--json', 'print one JSON object once it is up, and nothing else')
  .addHelpText('after', '\nExamples:\n  npm run devnet\n  npm run devnet -- --port 9545 --shape tiny --json')
  .action(run)

const passTime = new Command('pass-time')
  .description('Let time pass on a running devnet: an epoch lasts ten minutes at least, and nobody wants to wait.')
  .argument('<seconds>', 'how long', integer)
  .option('--port <port>', 'port of the chain (default: that of the last devnet in build/devnet)', integer)
  .option('--json', 'print the result as JSON')
  .addHelpText('after', '\nExample:\n  npm run devnet -- pass-time 600')
  .action(async (seconds: number, { port, json }: { port?: number; json?: boolean }) => {
    const rpcUrl = port === undefined ? await lastRpcUrl() : `http://127.0.0.1:${port}`
    const client = createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
    try {
      await increaseTime(client, { seconds })
      await mine(client, { blocks: 1 })
    } catch (cause) {
      if (!(cause instanceof BaseError && cause.walk((error) => error instanceof HttpRequestError))) throw cause
      throw new PoaError('RPC_UNREACHABLE', `no devnet answers at ${rpcUrl}`, {
        cause,
        hint: 'Start one with `npm run devnet`, or name its --port.',
      })
    }
    console.log(json ? JSON.stringify({ ok: true, seconds }) : `${seconds} seconds have passed on the chain`)
  })

const program = new Command('npm run devnet --')
  .description('A local chain to try a prover node on.')
  .addCommand(start, { isDefault: true })
  .addCommand(passTime)
  .addHelpText(
    'after',
    '\nExamples:\n  npm run devnet -- --port 9545     (see also: npm run devnet -- start --help)\n  npm run devnet -- pass-time 600',
  )

await reportAndExit(program)

/** Of the devnet that was started last in the usual folder. */
async function lastRpcUrl(): Promise<string> {
  const settings = await readFile(join(DEVNET_DIRECTORY, 'poa.json'), 'utf8').catch(() => undefined)
  return settings === undefined ? `http://127.0.0.1:${DEFAULT_PORT}` : JSON.parse(settings).rpcUrls[0]
}

async function run({ port, shape: shapeName, out, json = false }: StartOptions): Promise<void> {
  const progress = new StageProgress({ isQuiet: json })
  const shape = shapeNamed(shapeName)
  await buildNativeProver(progress)
  const { artifacts } = await progress.run('keys', 'Circuit and DEV keys', (onProgress) =>
    ensureDevKeysOfShape(shapeName, { onProgress }),
  )
  await terminate()
  await progress.run('contracts', 'Compile the contracts', buildContracts)
  await progress.run('explorer', 'Build the explorer', () => buildExplorer())
  const accounts = createDemoAccounts(loadCorpus().contributors.length)
  const chain = await progress.run('chain', 'Start the chain', () =>
    startLocalChain(genesisBalances(accounts), {
      port,
      genesisTime: Math.floor(Date.now() / 1000),
      blockSeconds: BLOCK_SECONDS,
    }),
  )
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  try {
    const governance = connect(chain, accounts.governance)
    const { deployment, circuitId } = await progress.run('deploy', 'Deploy, register the circuit', () =>
      deployDevnet(governance, {
        artifacts,
        shape,
        treasury: accounts.treasury.address,
        stakers: accounts.stakers.address,
      }),
    )
    const files = await progress.run('files', 'Keys, settings, samples', () =>
      writeDevnetFiles(out, {
        accounts,
        shape,
        rpcUrl: chain.rpcUrl,
        chainId: chain.chain.id,
        escrow: deployment.inferenceEscrow,
      }),
    )
    const ready = { rpcUrl: chain.rpcUrl, chainId: chain.chain.id, ...deployment, circuitId, ...files }
    if (json) console.log(JSON.stringify({ ok: true, ...ready }))
    else {
      console.log(`
chain ${ready.chainId} at ${ready.rpcUrl}, escrow ${ready.inferenceEscrow}
an epoch lasts ${DEVNET_POLICY.epochLength / 60} minutes: \`npm run devnet -- pass-time ${DEVNET_POLICY.epochLength}\` lets them pass

settings                ${files.settings}
keys, password          ${files.keystores}/, ${files.passwordFile} (published: worth nothing anywhere else)
contributors' samples   ${files.contributions}/
queries                 ${files.queries}/

In another terminal:    npx poa node --config ${files.settings}
In a browser, then:     http://127.0.0.1:8787/
All that follows:       prover/commands/README.md
Ctrl-C ends the chain, and everything on it.`)
    }
    await stopped
  } finally {
    await chain.stop()
  }
}
