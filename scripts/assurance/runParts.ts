import { fork } from 'node:child_process'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { type StageProgress, stageEnd } from '../../prover/StageProgress.ts'
import { PoaError } from '../../src/errors.ts'
import { REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'
import { type Depth, type Figure, meetsGate } from './Part.ts'

/** In the order in which they start: the longest first, so that the last one does not leave a core idle. */
export const PART_NAMES = [
  'contractMutants',
  'circuitMutants',
  'contracts',
  'catalogue',
  'circuits',
  'economics',
  'differential',
] as const
export type PartName = (typeof PART_NAMES)[number]

/** What a part measured; `failure` says why it could not. */
export type PartResult = {
  readonly part: PartName
  readonly ok: boolean
  readonly seconds: number
  readonly figures: readonly (Figure & { readonly ok: boolean })[]
  readonly failure?: string
}

/** What a part's process tells this one. */
export type PartMessage =
  | { readonly kind: 'progress'; readonly fraction: number; readonly note?: string }
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] }
  | { readonly kind: 'failure'; readonly message: string }

const PART_PROCESS = fileURLToPath(new URL('partProcess.ts', import.meta.url))
/** What parts and the suites under them write lies here, one log a part, and what each measured: a run that is broken off leaves that behind. */
const LOG_DIRECTORY = join(REPOSITORY_ROOT, 'build', 'assurance')
const LANES = 2

/**
 * The parts of these names; all of them when none is named.
 * @throws PoaError ASSURANCE_PART_UNKNOWN
 */
export function requirePartNames(names: readonly string[]): readonly PartName[] {
  const unknown = names.find((name) => !PART_NAMES.some((known) => known === name))
  if (unknown !== undefined)
    throw new PoaError('ASSURANCE_PART_UNKNOWN', `There is no part "${unknown}"`, {
      hint: `The parts are ${PART_NAMES.join(', ')}.`,
    })
  return PART_NAMES.filter((name) => names.length === 0 || names.includes(name))
}

/** Runs parts, two at a time, each in a process of its own. A part that fails is reported and does not end the others. */
export async function runParts(
  names: readonly PartName[],
  depth: Depth,
  progress: StageProgress,
): Promise<readonly PartResult[]> {
  return progress.run('assurance', `Assurance: ${names.join(', ')}`, async (report) => {
    const fractions = new Map<PartName, number>()
    const results: PartResult[] = []
    const waiting = [...names]
    const work = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const part = name
        const result = await runPart(part, depth, (fraction, note) => {
          fractions.set(part, fraction)
          const sum = [...fractions.values()].reduce((total, value) => total + value, 0)
          report(sum / names.length, `${part}${note === undefined ? '' : `: ${note}`}`)
        })
        results.push(result)
        fractions.set(part, 1)
        progress.log(stageEnd(`  ${part}`, result.ok, result.seconds))
      }
    }
    await Promise.all(Array.from({ length: LANES }, work))
    return names.map((name) => results.find(({ part }) => part === name)!)
  })
}

async function runPart(
  part: PartName,
  depth: Depth,
  report: (fraction: number, note?: string) => void,
): Promise<PartResult> {
  const start = performance.now()
  await mkdir(LOG_DIRECTORY, { recursive: true })
  const logPath = join(LOG_DIRECTORY, `${part}.log`)
  const log = await open(logPath, 'w')
  const child = fork(PART_PROCESS, [part, depth], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  })
  let figures: readonly Figure[] = []
  let failure: string | undefined
  child.on('message', (message: PartMessage) => {
    if (message.kind === 'progress') report(message.fraction, message.note)
    if (message.kind === 'figures') figures = message.figures
    if (message.kind === 'failure') failure = message.message
  })
  const ended = await new Promise<string>((resolve, reject) =>
    child.once('error', reject).once('close', (code, signal) => resolve(String(signal ?? code))),
  )
  await log.close()
  if (ended !== '0') failure ??= `its process ended with ${ended}; see ${relative(REPOSITORY_ROOT, logPath)}`
  if (failure === undefined && figures.length === 0) failure = 'it measured nothing'
  const judged = figures.map((figure) => ({ ...figure, ok: meetsGate(figure) }))
  const result = {
    part,
    ok: failure === undefined && judged.every(({ ok }) => ok),
    seconds: (performance.now() - start) / 1000,
    figures: judged,
    ...(failure === undefined ? {} : { failure }),
  }
  await writeFile(join(LOG_DIRECTORY, `${part}.json`), `${JSON.stringify(result, null, 2)}\n`)
  return result
}
