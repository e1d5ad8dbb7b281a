import { Jacobian } from '../../circuits/Jacobian.ts'
import type { SeededRandom } from '../../randomBatch.ts'
import type { Lies, Scene, Subject } from '../circuits/Subject.ts'
import { compensate, listLies } from './lies.ts'

/** Rows of a circuit, each of which was removed in turn. */
export type RowVerdict = {
  readonly rows: number
  /** Without them the Jacobian at a valid witness loses rank: further wires could move. */
  readonly byRank: number
  /** Without them a concrete lie would pass, which no other row refuses. */
  readonly byLie: number
  readonly survivors: readonly number[]
}

const EARLY_SCENES = 6

/**
 * Removes each row of a circuit in turn. It is killed when a witness shows that without it the circuit accepts more: to first order, or by a lie
 * that this row alone refuses.
 * @param scenes valid witnesses of this circuit
 */
export function removeRows(subject: Subject, scenes: readonly Scene[], random: SeededRandom): RowVerdict {
  // With the statement a variable too: without the row there are more true statements, or more witnesses of one.
  const { r1cs } = subject.circuit
  const jacobian = new Jacobian({ ...r1cs, nPubIn: 0, nPrvIn: r1cs.nPubIn + r1cs.nPrvIn })
  const rows = r1cs.nConstraints
  let alive = new Set(Array.from({ length: rows }, (_, row) => row))
  for (const { witness } of scenes) {
    if (alive.size === 0) break
    const redundant = new Set(jacobian.analyse(witness).listRedundantRows())
    alive = new Set([...alive].filter((row) => redundant.has(row)))
  }
  const byRank = rows - alive.size
  for (const [i, scene] of scenes.entries()) {
    for (const lie of listLies(scene, random)) {
      if (alive.size === 0) break
      if (!touches(scene, lie, alive, i < EARLY_SCENES)) continue
      const refusals = scene.listRefusals(lie, 3) ?? []
      if (refusals.length === 1) alive.delete(refusals[0]!)
      if (refusals.length !== 2 || !refusals.some((row) => alive.has(row))) continue
      for (const mended of compensate(scene, lie, refusals)) {
        const left = scene.listRefusals(mended, 2)
        if (left?.length === 1) alive.delete(left[0]!)
      }
    }
  }
  return { rows, byRank, byLie: rows - byRank - alive.size, survivors: [...alive] }
}

/**
 * Whether a row that is still alive names a signal that is lied about. Where --O2 replaced the signal that cannot be told; then the lie counts at the
 * first witnesses only, and not deep inside a component, which is examined alone.
 */
function touches({ place }: Scene, lies: Lies, alive: ReadonlySet<number>, isEarly: boolean): boolean {
  return [...lies.keys()].some((signal) => {
    const wire = place.wireOf(signal)
    if (wire !== undefined) return place.subject.rowsOf(wire).some((row) => alive.has(row))
    return isEarly && place.graph.names[signal]!.slice(place.path.length).split('.').length <= 2
  })
}
