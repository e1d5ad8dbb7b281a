import { decodeErrorResult, decodeFunctionResult, encodeFunctionData } from 'viem'
import { errorAbi } from '../../../src/chain/abi.ts'
import { firstDifference, type Mismatch } from './Mismatch.ts'
import type { Contract, Evm, EvmCall, Outcome } from './openEvm.ts'
import type { Tally } from './Tally.ts'

/** What a contract answers: a value, or an error with its arguments. */
export type Answer = { readonly returned: unknown } | Refusal
export type Refusal = { readonly error: string; readonly args: readonly unknown[] }

/** A call of a contract, and what TypeScript says comes of it. */
export type Question = {
  /** What is asked, for a mismatch: `evaluation`. */
  readonly field: string
  readonly contract: Contract
  readonly functionName: string
  readonly args: readonly unknown[]
  readonly value?: bigint
  readonly expected: Answer
}

/** The calls of one case. */
type Case = { readonly seed: number; readonly questions: readonly Question[]; readonly calls: readonly EvmCall[] }

/** Of one eth_call: calldata costs gas there too. */
const LARGEST_CALLDATA_BYTES = 150_000

/**
 * Asks the contracts, many cases at a time, and compares.
 * @param draw the questions of a seed's case
 */
export async function askContracts(
  evm: Evm,
  comparison: string,
  seeds: readonly number[],
  draw: (seed: number) => readonly Question[],
  tally: Tally,
): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = []
  let waiting: Case[] = []
  let bytes = 0
  const ask = async () => {
    const outcomes = await evm.read(waiting.flatMap(({ calls }) => calls))
    let at = 0
    for (const { seed, questions } of waiting) {
      const own = outcomes.slice(at, at + questions.length)
      at += questions.length
      const difference = firstOf(questions, (question, i) => compareAnswer(question, own[i]!))
      if (difference !== undefined) mismatches.push({ comparison, seed, difference })
      for (const { expected } of questions) tally.addCall(expected)
      tally.addCase()
    }
    waiting = []
    bytes = 0
  }
  for (const seed of seeds) {
    const questions = draw(seed)
    const calls = questions.map(toCall)
    const size = calls.reduce((sum, { data }) => sum + data.length / 2, 0)
    if (bytes + size > LARGEST_CALLDATA_BYTES && waiting.length > 0) await ask()
    waiting.push({ seed, questions, calls })
    bytes += size
  }
  if (waiting.length > 0) await ask()
  return mismatches
}

export function toCall({ contract, functionName, args, value = 0n }: Question): EvmCall {
  return { target: contract.address, value, data: encodeFunctionData({ abi: contract.abi, functionName, args }) }
}

/** What differs between an outcome and what was expected of it. */
export function compareAnswer({ field, contract, functionName, expected }: Question, outcome: Outcome) {
  const answer: Answer = outcome.isSuccess
    ? { returned: decodeFunctionResult({ abi: contract.abi, functionName, data: outcome.data }) }
    : decodeRefusal(outcome)
  return firstDifference(field, expected, answer)
}

function decodeRefusal({ data }: Outcome): Refusal {
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: errorAbi, data }) as {
      errorName: string
      args?: readonly unknown[]
    }
    return { error: errorName, args }
  } catch {
    return { error: 'an error that no contract of ours has', args: [data] }
  }
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item, i: number) => Found | undefined) {
  for (const [i, item] of items.entries()) {
    const found = find(item, i)
    if (found !== undefined) return found
  }
  return undefined
}
