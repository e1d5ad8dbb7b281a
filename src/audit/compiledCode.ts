import { type Hex, pad } from 'viem'
import type { Deployment } from '../chain/Deployment.ts'
import type { ContractName } from '../chain/decodeContractEvent.ts'
import type { ReferenceRecord } from './AuditRecord.ts'

const WORD_BYTES = 32

/** The code that one of the five contracts must have in a deployment; undefined when no reference says what is compiled. */
export function compiledCode(
  references: readonly ReferenceRecord[],
  name: ContractName,
  deployment: Deployment,
): Hex | undefined {
  for (const reference of references) {
    if (reference.kind !== 'contract-code' || reference.contract !== name) continue
    let code: string = reference.code
    for (const { contract, at } of reference.immutables) {
      const word = pad(deployment[contract], { size: WORD_BYTES }).slice(2).toLowerCase()
      const start = 2 + 2 * at
      code = `${code.slice(0, start)}${word}${code.slice(start + word.length)}`
    }
    return code as Hex
  }
  return undefined
}
