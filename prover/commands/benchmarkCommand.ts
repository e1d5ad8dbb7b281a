import type { Command } from 'commander'
import type { Latency, LoadResult } from '../../scripts/benchmark/loadNode.ts'
import { createCommand, createGroup, parseCount } from './createCommand.ts'

type Options = {
  readonly seconds: number
  readonly overload: number
  readonly batches: number
  readonly json?: boolean
}

export function benchmarkCommand(): Command {
  const node = createCommand('node', {
    description:
      'Run a node on a local chain of its own and offer it more traces than this machine can prove: how fast it answers, what it proves meanwhile, whether its memory stays flat and whether anything that it accepted is lost. Takes about three minutes; touches no other node.',
    examples: ['poa benchmark node', 'poa benchmark node --seconds 20 --overload 10 --json'],
  })
    .option('--seconds <number>', 'how long traces are offered', parseCount, 60)
    .option('--overload <number>', 'traces offered for each one that the prover alone proves', parseCount, 10)
    .option('--batches <number>', 'batches that the prover and the undisturbed node are measured with', parseCount, 5)
    .action(benchmarkNode)
  return createGroup(
    'benchmark',
    { description: 'Measure what this machine can do.', examples: ['poa benchmark node'] },
    [node],
  )
}

async function benchmarkNode({ seconds, overload, batches, json = false }: Options): Promise<void> {
  // It starts a chain and compiles contracts, so it lives with the builds and is loaded here only.
  const { loadNode } = await import('../../scripts/benchmark/loadNode.ts')
  const { StageProgress } = await import('../StageProgress.ts')
  const { report } = await import('./report.ts')
  const progress = new StageProgress({ isQuiet: json })
  const result = await loadNode({ seconds, overload, batches }, progress)
  report({ json }, { ...result, seconds: progress.seconds }, () => describe(result))
  if (!result.ok) process.exitCode = 1
}

function describe(result: LoadResult): string[] {
  const { offered, accepted, refused, otherAnswers, lost, latencyMs, acceptedLatencyMs, memoryMiB } = result
  const rate = (value: number) => `${value.toFixed(1)} traces/s`
  return [
    `prover      ${rate(result.proverPerSecond)} when nothing else runs, by ${result.prover}`,
    `capacity    ${rate(result.capacityPerSecond)} proved by the node while nothing is offered`,
    `offered     ${rate(result.offeredPerSecond)}, ${offered} traces`,
    `answered    ${accepted} accepted, ${refused} refused for now (429), ${otherAnswers} otherwise`,
    `latency     ${describeLatency(latencyMs)}`,
    `  accepted  ${describeLatency(acceptedLatencyMs)}`,
    `goodput     ${rate(result.goodputPerSecond)}, ${(100 * result.efficiency).toFixed(0)} % of the capacity`,
    `memory      ${memoryMiB.early.toFixed(0)} MiB early, ${memoryMiB.most.toFixed(0)} MiB at most after that`,
    `lost        ${lost} of the accepted traces`,
  ]
}

const describeLatency = ({ median, p99, most }: Latency) =>
  `median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${most.toFixed(1)} ms`
