import {
  type AbiFunction,
  type AbiParameter,
  concatHex,
  decodeAbiParameters,
  encodeAbiParameters,
  type Hex,
  IntegerOutOfRangeError,
  slice,
  toFunctionSelector,
} from 'viem'
import { ABI_OF, type ContractName } from '../chain/decodeContractEvent.ts'
import { PoaError } from '../errors.ts'

/** A read-only call of one of the five contracts. */
export type StateQuestion = { readonly contract: ContractName; readonly data: Hex }

const FUNCTIONS = new Map<string, { readonly item: AbiFunction; readonly selector: Hex }>()
for (const [contract, abi] of Object.entries(ABI_OF)) {
  for (const item of abi as readonly { type: string }[]) {
    if (item.type !== 'function' || (item as AbiFunction).stateMutability !== 'view') continue
    const view = item as AbiFunction
    const selector = toFunctionSelector(view)
    FUNCTIONS.set(`${contract}.${view.name}`, { item: view, selector })
    FUNCTIONS.set(`${contract}.${selector}`, { item: view, selector })
  }
}

/** The question that a view function answers. */
export function askState(contract: ContractName, name: string, ...args: readonly unknown[]): StateQuestion {
  const { item, selector } = functionOf(contract, name)
  return { contract, data: concatHex([selector, encodeAbiParameters(item.inputs, args)]) }
}

/** What the contract must return for these values; null when one is beyond its type: events of strangers may hold any number. */
export function encodeAnswer({ contract, data }: StateQuestion, values: readonly unknown[]): Hex | null {
  const { outputs } = functionOf(contract, slice(data, 0, 4)).item
  try {
    return encodeAbiParameters(outputs, values)
  } catch (error) {
    if (error instanceof IntegerOutOfRangeError) return null
    throw error
  }
}

/** An answer as a list of named leaves, in the order of the ABI: what differs is told leaf by leaf. null when it does not decode. */
export function decodeAnswer({ contract, data }: StateQuestion, result: Hex): readonly [string, string][] | null {
  const { item } = functionOf(contract, slice(data, 0, 4))
  try {
    return flatten(item.name, item.outputs, decodeAbiParameters(item.outputs, result))
  } catch {
    return null
  }
}

function functionOf(contract: ContractName, key: string) {
  const known = FUNCTIONS.get(`${contract}.${key}`)
  if (known === undefined) throw new PoaError('UNKNOWN_FUNCTION', `${contract} has no view function ${key}`)
  return known
}

function flatten(name: string, parameters: readonly AbiParameter[], values: readonly unknown[]): [string, string][] {
  return parameters.flatMap((parameter, i) => {
    const value = values[i]
    const label = parameter.name || name
    const { components } = parameter as { components?: readonly AbiParameter[] }
    if (components === undefined || parameter.type !== 'tuple') {
      return [[label, Array.isArray(value) ? value.join(', ') : String(value)] as [string, string]]
    }
    const fields = value as Record<string, unknown>
    return flatten(
      name,
      components,
      components.map((component) => fields[component.name!]),
    )
  })
}
