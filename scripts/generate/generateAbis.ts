import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Abi } from 'viem'
import { CONTRACTS_DIRECTORY } from '../buildContracts.ts'
import type { GeneratedFile } from './GeneratedFile.ts'

/** The contracts that TypeScript talks to. */
const CONTRACTS = ['PolicyRegistry', 'VerifierRegistry', 'ModelRegistry', 'EpochLedger', 'InferenceEscrow'] as const

/** What the compiled contracts look like from TypeScript. */
export async function generateAbis(): Promise<GeneratedFile> {
  const abis = await Promise.all(
    CONTRACTS.map(async (contract) => {
      const path = join(CONTRACTS_DIRECTORY, 'out', `${contract}.sol`, `${contract}.json`)
      return [contract, (JSON.parse(await readFile(path, 'utf8')) as { abi: Abi }).abi] as const
    }),
  )
  const lines = ['// Generated from verifier-contracts/ by `npm run generate`; do not edit.']
  const declare = (name: string, items: readonly object[]) =>
    lines.push(`\nexport const ${name} = [`, ...items.map((item) => `  ${printItem(item)},`), '] as const')
  for (const [contract, abi] of abis) declare(`${contract[0]!.toLowerCase()}${contract.slice(1)}Abi`, abi)
  // An error may come from a contract further down the call, so decoding needs all of them.
  const errors = new Map(
    abis.flatMap(([, abi]) => abi.filter(({ type }) => type === 'error').map((item) => [printItem(item), item])),
  )
  declare('errorAbi', [...errors.values()])
  return { path: 'src/chain/abi.ts', content: `${lines.join('\n')}\n` }
}

/** One line an item; internalType, which only Solidity tools read, is left out. */
function printItem(item: object): string {
  return JSON.stringify(item, (key, value) => (key === 'internalType' ? undefined : value))
}
