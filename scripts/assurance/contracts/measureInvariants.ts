import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReportProgress } from '../../../prover/StageProgress.ts'
import { PoaError } from '../../../src/errors.ts'
import { CONTRACTS_DIRECTORY } from '../../buildContracts.ts'
import type { Depth, Figure } from '../Part.ts'
import { runForge, runForgeTests } from './runForgeTests.ts'
import { type SituationCounts, situationFigures } from './situations.ts'

const CONTRACT = 'SettlementInvariants'
/** foundry.toml lets tests write here. */
const SITUATIONS_DIRECTORY = 'cache/situations'
const RUNS = 512
const CALLS_A_RUN = 100
const LANES = 2

/**
 * The stateful invariants, each of which looks at one or more of the properties after every call. In full each gets 512 sequences of its own: forge draws
 * the same ones for all that share a seed. A fast run walks 64 sequences once and looks at all properties at the end of each.
 */
export async function measureInvariants(depth: Depth, report: ReportProgress): Promise<readonly Figure[]> {
  const names = await listInvariants()
  const chosen = depth === 'full' ? names : names.slice(0, 1)
  const campaigns: Awaited<ReturnType<typeof runCampaign>>[] = []
  const waiting = [...chosen]
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const campaign = await runCampaign(name, names.indexOf(name) + 1, depth === 'full' ? RUNS : 64)
      campaigns.push(campaign)
      report(campaigns.length / chosen.length, name)
    }
  }
  await Promise.all(Array.from({ length: LANES }, work))

  const failed = campaigns.filter(({ isPassed }) => !isPassed)
  const calls = campaigns.map((campaign) => campaign.calls)
  const invariants: Figure = {
    name: 'invariants',
    title: 'properties of the contracts that the invariants look at',
    value: await countProperties(),
    gate: { atLeast: 12 },
  }
  const failures: Figure = {
    name: 'invariantFailures',
    title: 'invariants that broke',
    value: failed.length,
    gate: { atMost: 0 },
    notes: failed.map(({ name, seed, reason }) => `${name} with --fuzz-seed ${seed}: ${reason}`),
  }
  const situations = situationFigures(
    campaigns.flatMap((campaign) => campaign.situations),
    depth === 'full' ? 100 : 1,
  )
  if (depth === 'fast') return [invariants, failures, ...situations]
  return [
    invariants,
    {
      name: 'invariantCalls',
      title: 'calls after each of which a property is looked at, at least',
      value: Math.min(...calls),
      gate: { atLeast: RUNS * CALLS_A_RUN },
      notes: [
        `${calls.reduce((sum, count) => sum + count, 0).toLocaleString('en')} in all, in ${names.length} campaigns, each with its own seed`,
      ],
    },
    failures,
    ...situations,
  ]
}

async function listInvariants(): Promise<readonly string[]> {
  const stdout = await runForge(['test', '--list', '--json', '--match-contract', CONTRACT])
  const listed = Object.values(JSON.parse(stdout) as Record<string, Record<string, readonly string[]>>)
  const names = listed.flatMap((contracts) => contracts[CONTRACT] ?? []).filter((name) => name.startsWith('invariant_'))
  if (names.length === 0) throw new PoaError('FORGE_FAILED', `${CONTRACT} has no invariants`)
  return names
}

/** That each of them is looked at by an invariant, `invariantsCanFail.t.sol` shows. */
async function countProperties(): Promise<number> {
  const artifact = await readFile(join(CONTRACTS_DIRECTORY, 'out', 'Settlement.t.sol', `${CONTRACT}.json`), 'utf8')
  const { methodIdentifiers } = JSON.parse(artifact) as { methodIdentifiers: Readonly<Record<string, string>> }
  return Object.keys(methodIdentifiers).filter((signature) => signature.startsWith('property_')).length
}

/** One invariant: `runs` sequences drawn from `seed`. */
async function runCampaign(name: string, seed: number, runs: number) {
  const path = `${SITUATIONS_DIRECTORY}/${name}.jsonl`
  await mkdir(join(CONTRACTS_DIRECTORY, SITUATIONS_DIRECTORY), { recursive: true })
  await rm(join(CONTRACTS_DIRECTORY, path), { force: true })
  const tests = await runForgeTests(
    ['--match-contract', `^${CONTRACT}$`, '--match-test', `^${name}\\(`, '--fuzz-seed', `${seed}`],
    { POA_SITUATIONS_FILE: path, FOUNDRY_INVARIANT_RUNS: `${runs}` },
  )
  const lines = await readFile(join(CONTRACTS_DIRECTORY, path), 'utf8').catch(() => '')
  const [test] = tests
  return {
    name,
    seed,
    situations: lines
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as SituationCounts),
    isPassed: tests.length === 1 && test!.isPassed,
    reason: test?.reason ?? 'forge did not run it',
    calls: test?.kind.Invariant?.calls ?? 0,
  }
}
