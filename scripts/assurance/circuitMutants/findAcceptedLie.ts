import { prepareInput } from '../../../prover/proving/prepareInput.ts'
import { shapeNamed } from '../../../src/shape.ts'
import { attributionBatchOf } from '../../circuits/compileCircuit.ts'
import { SignalGraph } from '../../circuits/SignalGraph.ts'
import { seededRandom } from '../../randomBatch.ts'
import { listAdviceLies } from '../circuits/advice.ts'
import { drawBatch } from '../circuits/batches.ts'
import { type Lies, Scene, type Subject } from '../circuits/Subject.ts'
import { openTemplates, openWhole } from '../circuits/subjects.ts'
import { compensate, listLies } from './lies.ts'

const SHAPE = shapeNamed('tiny')
const SEED = 41
/** Kinds of batches, of batches.ts: small weights with an empty slot, the first two classes tied, all classes tied, nobody with influence. */
const BATCHES = [0, 6, 5, 7]
export const WHOLE = 'AttributionBatch'

type Setting = { readonly graph: SignalGraph; readonly batches: readonly (readonly bigint[])[] }
let setting: Promise<Setting> | undefined
const originals = new Map<string, readonly Subject[]>()

/** Opens a template, by its path below circuits/, while no mutant is in its place. */
export async function openOriginal(template: string): Promise<void> {
  if (!originals.has(template)) originals.set(template, await openSubjects(template))
}

/**
 * A lie that the template as it stands now accepts and the original refuses: first about the signals of one statement, then all that we know.
 * @param statement source text that was changed
 * @returns what the lie is about; undefined when none was found
 */
export async function findAcceptedLie(template: string, statement: string): Promise<string | undefined> {
  const { graph, batches } = await openSetting()
  const random = seededRandom(SEED)
  for (const [i, mutant] of (await openSubjects(template)).entries()) {
    const original = originals.get(template)![i]!
    for (const [b, values] of batches.entries()) {
      const scene = new Scene(mutant.places[b % mutant.places.length]!, values)
      const unchanged = new Scene(original.places[b % original.places.length]!, values)
      const isForgery = (lies: Lies) => scene.judge(lies) === 'accepted' && unchanged.judge(lies) !== 'accepted'
      const name = (lies: Lies) => `${mutant.name}: ${[...lies.keys()].map((signal) => graph.names[signal]).join(', ')}`
      for (const lies of listLiesAbout(scene, statement)) {
        const forgery = isForgery(lies) ? lies : findMended(scene, lies, isForgery)
        if (forgery !== undefined) return name(forgery)
      }
      for (const lies of template === WHOLE ? listAdvice(scene) : listLies(scene, random)) {
        if (isForgery(lies)) return name(lies)
      }
    }
  }
  return undefined
}

function findMended(scene: Scene, lies: Lies, isForgery: (lies: Lies) => boolean): Lies | undefined {
  const refusals = scene.listRefusals(lies, 2)
  if (refusals?.length !== 1) return undefined
  for (const mended of compensate(scene, lies, refusals)) if (isForgery(mended)) return mended
  return undefined
}

/** Every signal that a statement names, moved by one. */
function listLiesAbout({ place, values }: Scene, statement: string): Lies[] {
  const named = [...statement.matchAll(/[A-Za-z_]\w*(?:\[[^\]]*\])*(?:\.\w+(?:\[[^\]]*\])*)*/g)].map(
    ([name]) =>
      new RegExp(
        `(^|\\.)${name
          .replace(/\[[^\]]*\]/g, '[#]')
          .replace(/[.[\]]/g, '\\$&')
          .replaceAll('#', '\\d+')}(\\[\\d+\\])*$`,
      ),
  )
  const lies: Lies[] = []
  for (const [signal, name] of place.graph.names.entries()) {
    if (signal === 0 || !name.startsWith(place.path) || !named.some((pattern) => pattern.test(name))) continue
    lies.push(new Map([[signal, values[signal]! + 1n]]))
  }
  return lies
}

function listAdvice(scene: Scene): Lies[] {
  const lies = [...listAdviceLies(scene, SHAPE, seededRandom(SEED))].map((lie) => lie.lies)
  return lies.filter((_, i) => i % ADVICE_SAMPLE === 0)
}

const ADVICE_SAMPLE = 3

async function openSubjects(template: string): Promise<Subject[]> {
  const { graph } = await openSetting()
  if (template === WHOLE) return [await openWhole(SHAPE, graph)]
  return openTemplates(
    SHAPE,
    graph,
    () => {},
    (name) => name === template,
  )
}

function openSetting(): Promise<Setting> {
  setting ??= (async () => {
    const graph = await SignalGraph.open(attributionBatchOf(SHAPE))
    const random = seededRandom(SEED)
    const batches = BATCHES.map((i) => graph.compute(prepareInput(drawBatch(SHAPE, random, i)).input))
    return { graph, batches }
  })()
  return setting
}
