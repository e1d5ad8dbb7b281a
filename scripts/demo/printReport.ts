import { formatEther } from 'viem'
import { formatTable } from '../../prover/commands/formatTable.ts'
import { sayAccount } from '../../src/audit/explain/say.ts'
import type { DemoResult } from './DemoResult.ts'

/** Prints what the demo found out, for a person. */
export function printReport(result: DemoResult, print: (line: string) => void = console.log): void {
  const section = (title: string) => print(`\n${title}\n${'─'.repeat(title.length)}`)
  const { contributors, explained, sharesWei } = result

  print(
    `A head of ${contributors.length} contributors' data, right on ${percentOf(result.accuracy)} of ${result.tracesSettled} held-out texts.`,
  )
  section('Who was paid')
  const samplePay = (paidWei: bigint, samples: number) => Number(formatEther(paidWei)) / samples
  printTable(
    print,
    ['contributor', 'account', 'kind', 'samples', 'net earning', 'paid', 'a sample', 'share', 'leave-one-out'],
    [
      ...contributors.map(({ id, name, account, kind, samples, earningWei, paidWei, leaveOneOut }) => [
        `${id} ${name}`,
        sayAccount(account),
        kind,
        String(samples),
        open(earningWei),
        open(paidWei),
        samplePay(paidWei, samples).toFixed(4),
        percent(paidWei, result.paidWei),
        leaveOneOut.toFixed(2),
      ]),
    ],
  )
  print(
    `net earning, paid, a sample: OPEN. share: of all payments. leave-one-out: what the answers would lose in margin (logits) without the`,
  )
  print(
    `contributor, by retraining. Rank correlation of net earning and leave-one-out: ${result.looRankCorrelation.toFixed(3)}.`,
  )

  section('One inference explained')
  print(`"${explained.text}"`)
  print(`answer: ${explained.answer}; contributors' pool: ${open(explained.poolWei)} OPEN`)
  const strongest = abs(explained.contributions[0]!.earningWei)
  for (const { id, earningWei } of explained.contributions) {
    const bar = '█'.repeat(Number((abs(earningWei) * 24n) / strongest))
    print(
      `  ${id} ${(earningWei < 0n ? 'pushed against' : 'pushed towards').padEnd(15)} ${open(earningWei).padStart(9)} OPEN  ${bar}`,
    )
  }

  section('Where the fees went')
  printTable(
    print,
    ['', 'OPEN'],
    [
      ['fees', open(result.feesWei)],
      ['contributors, paid', open(result.paidWei)],
      ['treasury: what pools held beyond the payments', open(result.treasuryWei)],
      ['model owner', open(sharesWei.modelOwner)],
      ['stakers', open(sharesWei.stakers)],
      ['prover', open(sharesWei.prover)],
      ['treasury, its share', open(sharesWei.treasury)],
    ],
  )

  section('Forgeries')
  for (const { attempt, refusal, isRejected } of result.forgeries)
    print(`${isRejected ? '✔ refused' : '✘ NOT REFUSED'}: ${attempt}\n    ${refusal}`)

  section('What it took')
  print(
    `${result.batches} batches, ${result.tracesSettled} inferences, ${result.constraints} constraints a proof, ${result.proofsVerifiedOnChain} proofs verified on chain`,
  )
  print(`proved by ${result.prover}`)
  printTable(
    print,
    ['function', 'gas (most)'],
    Object.entries(result.gas).map(([name, gas]) => [name, gas.toLocaleString('en')]),
  )
  print('')
  printTable(
    print,
    ['stage', 'seconds'],
    Object.entries(result.seconds).map(([name, seconds]) => [name, seconds.toFixed(1)]),
  )

  section('What is proved, what is assumed')
  print(
    `Proved, for each of these ${result.tracesSettled} inferences: the answer is the argmax of the registered head on the committed features, and every`,
  )
  print(
    'score and earning follows the attribution rule exactly from the registered weights and influence index. Enforced by the',
  )
  print('contracts: netting, payments and shares, to the wei.')
  print(
    'Assumed: that the features are those of the text that was asked about; that the influence index was computed from the',
  )
  print(
    'registered data (anyone who has the data can recompute it); that contributors own what they contributed; that influence is a',
  )
  print(
    'good measure of worth. The keys are DEV keys: whoever knows their published seed can forge, so they serve local chains only.',
  )

  print(
    result.ok
      ? '\n✔ Everything checked out.'
      : `\n✘ Failed:\n${result.failures.map((failure) => `  - ${failure}`).join('\n')}`,
  )
}

function open(wei: bigint): string {
  return Number(formatEther(wei)).toFixed(4)
}

function percentOf(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`
}

function percent(part: bigint, whole: bigint): string {
  return whole === 0n ? '-' : percentOf(Number((part * 10_000n) / whole) / 10_000)
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}

function printTable(
  print: (line: string) => void,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  for (const line of formatTable(header, rows)) print(line)
}
