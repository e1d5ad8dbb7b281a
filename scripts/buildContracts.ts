import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PoaError } from '../src/errors.ts'
import { REPOSITORY_ROOT } from './circuits/compileCircuit.ts'
import { findFoundryBinary } from './findFoundryBinary.ts'

export const CONTRACTS_DIRECTORY = join(REPOSITORY_ROOT, 'verifier-contracts')

/**
 * Compiles the contracts with forge, which does nothing when nothing changed. Tests are left out: nobody deploys them.
 * @throws PoaError CONTRACT_COMPILATION_FAILED with the compiler's output
 */
export async function buildContracts(): Promise<void> {
  try {
    await promisify(execFile)(findFoundryBinary('forge'), ['build', '--skip', 'test'], {
      cwd: CONTRACTS_DIRECTORY,
      maxBuffer: 1 << 26,
    })
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new PoaError(
      'CONTRACT_COMPILATION_FAILED',
      `forge build: ${`${stdout}${stderr}`.trim() || (cause as Error).message}`,
      { cause },
    )
  }
}
