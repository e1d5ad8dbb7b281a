import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { CIRCUITS_DIRECTORY, REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'
import { mutateCircom, type SourceMutant } from './mutateCircom.ts'
import { Sandbox, type Verdict } from './Sandbox.ts'

/** The whole circuit, and the whole circuit against the reference. */
const TESTS_OF_THE_WHOLE: readonly string[] = [
  'test/circuits/AttributionBatch.test.ts',
  'test/statement/differential.test.ts',
]

/** `seconds`: how long judging took. */
export type JudgedMutant = { readonly mutant: SourceMutant; readonly verdict: Verdict; readonly seconds: number }

/** All mutants of all circuits, file by file. */
export async function listSourceMutants(): Promise<SourceMutant[]> {
  const mutants = await Promise.all(
    (await listSources()).map(async (file) =>
      mutateCircom(file, await readFile(join(CIRCUITS_DIRECTORY, file), 'utf8')),
    ),
  )
  return mutants.flat()
}

/**
 * Judges mutants in sandboxes of their own, after the tests have passed there without any mutant.
 * @param lanes how many sandboxes work at a time
 * @param testsOf which tests may kill a mutant, the closest first
 * @param report told of each as it is judged, and how many are by then
 */
export async function judgeMutants(
  mutants: readonly SourceMutant[],
  lanes: number,
  testsOf: (mutant: SourceMutant) => readonly string[],
  report: (judged: JudgedMutant, done: number) => void,
): Promise<JudgedMutant[]> {
  const waiting = [...mutants]
  const judged: JudgedMutant[] = []
  const work = async (lane: number) => {
    const sandbox = await Sandbox.open(`lane-${lane}`)
    try {
      const sound = new Set<string>()
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const own = testsOf(mutant)
        // Those of the whole take long and run for what survives all others.
        for (const test of own.slice(0, 1).filter((test) => !sound.has(test))) {
          await sandbox.requireSound(test)
          sound.add(test)
        }
        const start = performance.now()
        const verdict = await sandbox.judge(mutant, own)
        const one = { mutant, verdict, seconds: (performance.now() - start) / 1000 }
        judged.push(one)
        report(one, judged.length)
      }
    } finally {
      await sandbox.close()
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)))
  return mutants.map((mutant) => judged.find((one) => one.mutant === mutant)!)
}

/** Which tests cover a source: its own, those of templates that include it, the closest first, and those of the whole. */
export async function listTestsByFile(): Promise<Map<string, readonly string[]>> {
  const sources = await listSources()
  const includers = new Map<string, string[]>(sources.map((file) => [file, []]))
  for (const file of sources) {
    const text = await readFile(join(CIRCUITS_DIRECTORY, file), 'utf8')
    for (const [, included] of text.matchAll(/^include "([^"]+)";/gm))
      includers.get(join(dirname(file), included!))?.push(file)
  }
  const testFiles = new Set(
    (await readdir(join(REPOSITORY_ROOT, 'test', 'circuits'))).map((name) => `test/circuits/${name}`),
  )
  return new Map(
    sources.map((file) => {
      const reached = [file]
      for (const one of reached) reached.push(...includers.get(one)!.filter((includer) => !reached.includes(includer)))
      const own = reached
        .map((one) => `test/circuits/${basename(one, '.circom')}.test.ts`)
        .filter((path) => testFiles.has(path))
      return [file, [...own.filter((path) => !TESTS_OF_THE_WHOLE.includes(path)), ...TESTS_OF_THE_WHOLE]]
    }),
  )
}

async function listSources(): Promise<string[]> {
  const names = await readdir(CIRCUITS_DIRECTORY, { recursive: true })
  return names.filter((name) => name.endsWith('.circom')).sort()
}
