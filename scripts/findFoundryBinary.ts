import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PoaError } from '../src/errors.ts'

/**
 * Path of a foundry program. The binary itself, not npm's launcher: a signal must reach it.
 * @throws PoaError FOUNDRY_MISSING when npm has none for this platform
 */
export function findFoundryBinary(program: 'anvil' | 'forge'): string {
  const require = createRequire(import.meta.url)
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const platformPackage = `@foundry-rs/${program}-${process.platform}-${architecture}`
  const file = process.platform === 'win32' ? `${program}.exe` : program
  try {
    const launcher = createRequire(require.resolve(`@foundry-rs/${program}/package.json`))
    return join(dirname(launcher.resolve(`${platformPackage}/package.json`)), 'bin', file)
  } catch (cause) {
    throw new PoaError('FOUNDRY_MISSING', `${platformPackage} is not installed`, {
      cause,
      hint: 'Run `npm ci` without omitting optional packages.',
    })
  }
}
