import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Abi,
  type Address,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  getContractAddress,
  type Hex,
  type Log,
  parseAbi,
  parseEventLogs,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { call as ethCall, getTransactionCount, sendTransactionSync } from 'viem/actions'
import { PoaError } from '../../../src/errors.ts'
import { CONTRACTS_DIRECTORY } from '../../buildContracts.ts'
import { connect } from '../../demo/connect.ts'
import { OPEN_SUPPLY_WEI, startLocalChain } from '../../startLocalChain.ts'

/** A deployed contract. */
export type Contract = { readonly address: Address; readonly abi: Abi }
export type EvmCall = { readonly target: Address; readonly value?: bigint; readonly data: Hex }
/** What a call returned, or the error with which it reverted. */
export type Outcome = { readonly isSuccess: boolean; readonly data: Hex }

/** A chain of its own, and on it one contract that makes the calls: to the others it is every caller. */
export type Evm = {
  /** verifier-contracts/test/differential/CallRunner.sol; it holds the whole supply. */
  readonly runner: Address
  /** Makes calls in one eth_call: later ones see what earlier ones did, and nothing of it is kept. */
  read(calls: readonly EvmCall[]): Promise<readonly Outcome[]>
  /** Makes calls in one transaction, in a block of that time (Unix seconds). */
  send(calls: readonly EvmCall[], time: bigint): Promise<{ outcomes: readonly Outcome[]; logs: readonly Log[] }>
  /** Creates a contract of ours; the runner is its creator. */
  create(artifact: ArtifactName, constructorArguments?: readonly unknown[]): Promise<Contract>
  /** Runs some work, and then takes the chain back to where it was. */
  undoAfter<Result>(work: () => Promise<Result>): Promise<Result>
  stop(): Promise<void>
}

type ArtifactName =
  | 'PolicyRegistry'
  | 'VerifierRegistry'
  | 'ModelRegistry'
  | 'InferenceEscrow'
  // Of verifier-contracts/test:
  | 'CallRunner'
  | 'AttributionStatementHarness'
  | 'MockGroth16Verifier'

/** A key that everybody may know: the chain lives as long as this process. */
const SENDER = privateKeyToAccount(`0x${'11'.repeat(32)}`)
/** For one eth_call or transaction. */
const GAS = 2n ** 24n

const RUNNER_ABI = parseAbi([
  'struct Call { address target; uint256 value; bytes data; }',
  'struct Outcome { bool isSuccess; bytes data; }',
  'function run(Call[] calls) payable returns (Outcome[] outcomes)',
  'function create(bytes code) returns (address created)',
  'event CallsMade(Outcome[] outcomes)',
])

/**
 * Starts the chain. `buildContracts` has run: it compiles all but the tests themselves.
 * @throws PoaError CHAIN_NOT_STARTED
 */
export async function openEvm(): Promise<Evm> {
  const chain = await startLocalChain(new Map([[SENDER.address, OPEN_SUPPLY_WEI]]))
  try {
    const client = connect(chain, SENDER)
    const deployed = await sendTransactionSync(client, { data: (await readArtifact('CallRunner')).bytecode, gas: GAS })
    const runner = getAddress(deployed.contractAddress!)
    // Fees of the sender's own transactions stay behind.
    await sendTransactionSync(client, { to: runner, value: OPEN_SUPPLY_WEI - 10n ** 24n, gas: 100_000n })
    const send: Evm['send'] = async (calls, time) => {
      await client.request({ method: 'evm_setNextBlockTimestamp', params: [Number(time)] } as never)
      const { status, logs } = await sendTransactionSync(client, { to: runner, data: encodeRun(calls), gas: GAS })
      const made = parseEventLogs({ abi: RUNNER_ABI, logs: logs.filter(({ address }) => isRunner(address, runner)) })
      if (status !== 'success' || made.length !== 1) throw outOfGas(calls.length)
      return { outcomes: made[0]!.args.outcomes, logs: logs.filter(({ address }) => !isRunner(address, runner)) }
    }
    return {
      runner,
      send,
      async read(calls) {
        const { data } = await ethCall(client, { account: SENDER, to: runner, data: encodeRun(calls), gas: GAS })
        if (data === undefined) throw outOfGas(calls.length)
        return decodeFunctionResult({ abi: RUNNER_ABI, functionName: 'run', data })
      },
      async create(artifact, constructorArguments = []) {
        const { abi, bytecode } = await readArtifact(artifact)
        const code = encodeDeployData({ abi, bytecode, args: constructorArguments })
        const nonce = BigInt(await getTransactionCount(client, { address: runner }))
        const data = encodeFunctionData({ abi: RUNNER_ABI, functionName: 'create', args: [code] })
        const { status } = await sendTransactionSync(client, { to: runner, data, gas: GAS })
        if (status !== 'success') throw new PoaError('TRANSACTION_FAILED', `the creation of ${artifact} reverted`)
        return { address: getContractAddress({ from: runner, nonce }), abi }
      },
      async undoAfter(work) {
        const snapshot = await client.request({ method: 'evm_snapshot' } as never)
        try {
          return await work()
        } finally {
          await client.request({ method: 'evm_revert', params: [snapshot] } as never)
        }
      },
      stop: chain.stop,
    }
  } catch (cause) {
    await chain.stop()
    throw cause
  }
}

async function readArtifact(name: ArtifactName): Promise<{ abi: Abi; bytecode: Hex }> {
  const path = join(CONTRACTS_DIRECTORY, 'out', `${name}.sol`, `${name}.json`)
  const { abi, bytecode } = JSON.parse(await readFile(path, 'utf8')) as {
    abi: Abi
    bytecode: { object: Hex }
  }
  return { abi, bytecode: bytecode.object }
}

function encodeRun(calls: readonly EvmCall[]): Hex {
  const withValues = calls.map(({ target, value = 0n, data }) => ({ target, value, data }))
  return encodeFunctionData({ abi: RUNNER_ABI, functionName: 'run', args: [withValues] })
}

function isRunner(address: Address, runner: Address): boolean {
  return address.toLowerCase() === runner.toLowerCase()
}

function outOfGas(count: number): PoaError {
  return new PoaError('TRANSACTION_FAILED', `${count} calls in one went wrong as a whole: too many for its gas?`)
}
