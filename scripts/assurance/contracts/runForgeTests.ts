import { execFile } from 'node:child_process'
import { PoaError } from '../../../src/errors.ts'
import { CONTRACTS_DIRECTORY } from '../../buildContracts.ts'
import { findFoundryBinary } from '../../findFoundryBinary.ts'

/** What forge says of one test; `kind` names how it was run. */
export type ForgeTest = {
  /** With its contract: `SettlementInvariants.invariant_Money()`. */
  readonly name: string
  readonly isPassed: boolean
  /** Why it failed. */
  readonly reason: string
  readonly kind: {
    readonly Fuzz?: { readonly runs: number }
    readonly Invariant?: { readonly runs: number; readonly calls: number; readonly reverts: number }
  }
}

type ForgeReport = Readonly<
  Record<
    string,
    {
      readonly test_results: Readonly<
        Record<string, { status: string; reason: string | null; kind: ForgeTest['kind'] }>
      >
    }
  >
>

/**
 * Runs forge in the folder of the contracts; a failing test is no error.
 * @returns what it wrote to stdout
 * @throws PoaError FORGE_FAILED when it was killed or not started
 */
export function runForge(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: CONTRACTS_DIRECTORY, env: { ...process.env, ...env }, maxBuffer: 1 << 28 }
    execFile(findFoundryBinary('forge'), args, options, (cause, stdout, stderr) => {
      if (cause === null || (typeof cause.code === 'number' && stdout !== '')) resolve(stdout)
      else reject(new PoaError('FORGE_FAILED', `forge ${args[0]}: ${stderr.trim() || cause.message}`, { cause }))
    })
  })
}

/**
 * Runs the tests that the arguments choose, under the profile `deep`.
 * @throws PoaError FORGE_FAILED when there is no report, as when the contracts do not compile, or no such test
 */
export async function runForgeTests(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<readonly ForgeTest[]> {
  const stdout = await runForge(['test', '--json', ...args], { FOUNDRY_PROFILE: 'deep', ...env })
  const tests = Object.entries(readReport(stdout)).flatMap(([contract, { test_results }]) =>
    Object.entries(test_results).map(([test, { status, reason, kind }]) => ({
      name: `${contract.split(':').at(-1)}.${test}`,
      isPassed: status === 'Success',
      reason: reason ?? '',
      kind,
    })),
  )
  if (tests.length === 0) throw new PoaError('FORGE_FAILED', `forge test ${args.join(' ')}: no such test`)
  return tests
}

function readReport(stdout: string): ForgeReport {
  try {
    return JSON.parse(stdout) as ForgeReport
  } catch (cause) {
    throw new PoaError('FORGE_FAILED', `forge test: ${stdout.trim().slice(0, 2000)}`, { cause })
  }
}
