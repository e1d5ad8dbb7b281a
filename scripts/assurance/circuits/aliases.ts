import { FIELD_ORDER, toField } from '../../../src/field.ts'
import { invert } from '../../circuits/invert.ts'
import { digitsOf, type Gadget, toSigned } from '../../circuits/SignalGraph.ts'
import type { SeededRandom } from '../../randomBatch.ts'
import type { Lies, Scene } from './Subject.ts'

/** A witness that an attacker would try: what it lies about, and the signals that it overrides. */
export type Lie = { readonly kind: string; readonly lies: Lies }

/**
 * Layer 3. For every gadget at a place the witnesses that would be right if one of its checks were missing: the sums come out, but a digit is none;
 * the quotient is off by one and the remainder makes up for it. What is listed is never a second honest witness.
 */
export function* listAliases(scene: Scene, random: SeededRandom): Generator<Lie> {
  for (const gadget of scene.place.gadgets) {
    if (gadget.kind === 'decomposition') {
      yield* aliasDigits(scene, gadget, random)
      yield* leaveRange(scene, gadget)
    } else if (gadget.kind === 'isZero') yield* claimZero(scene, gadget)
    else if (gadget.kind === 'oneHot') yield* moveLabel(scene, gadget)
    else if (gadget.kind === 'runnerUp') yield* moveRunnerUp(scene, gadget)
    else yield* divideOtherwise(scene, gadget, random)
  }
  yield* lookUpNeighbours(scene)
  yield* fillEmptyPlace(scene)
}

/**
 * Every wire that a constraint defines, with another value of which everything that follows is computed: only the row that defines it is in the way, so
 * each product, selection and S-box has to be there.
 */
export function* listCarriedLies(scene: Scene, random: SeededRandom): Generator<Lie> {
  const { place, values } = scene
  for (let wire = 1; wire < place.signals.length; wire++) {
    const signal = place.signals[wire]!
    if (place.graph.originOf(signal) !== 'row' || place.isInput(signal)) continue
    const value = values[signal]!
    for (const [shape, lie] of [
      ['plus one', value + 1n],
      ['zero', 0n],
      ['negated', -value],
      ['anything', random.bigBits(253)],
    ] as const) {
      if (toField(lie) !== value) yield { kind: `a computed value: ${shape}`, lies: new Map([[signal, lie]]) }
    }
  }
}

type GadgetOf<Kind extends Gadget['kind']> = Extract<Gadget, { kind: Kind }>

/** Overrides by name. */
function lieAbout(scene: Scene, kind: string, values: Readonly<Record<string, bigint>>): Lie {
  return {
    kind,
    lies: new Map(Object.entries(values).map(([name, value]) => [scene.place.graph.numberOf(name), value])),
  }
}

/** Digits with the right sum that are not all bits. */
function* aliasDigits(
  scene: Scene,
  { path, digits: n }: GadgetOf<'decomposition'>,
  random: SeededRandom,
): Generator<Lie> {
  const digit = (i: number) => `${path}out[${i}]`
  const bits = Array.from({ length: n }, (_, i) => scene.read(digit(i)))
  const value = scene.read(`${path}in`)
  const isSigned = scene.place.graph.has(path.replace(/decomposition\.$/, 'nonNegative'))
  for (let i = 0; i + 1 < n; i++) {
    for (const two of [2n, -2n]) {
      const next = bits[i + 1]! - two / 2n
      const isOtherSign = isSigned && i + 2 === n && next === 1n - bits[i + 1]!
      const isZero = value === 1n << BigInt(n - 1)
      yield lieAbout(
        scene,
        !isOtherSign
          ? 'digits: one moved by two, its neighbour makes up for it'
          : isZero
            ? 'sign: a zero that is negative'
            : 'sign: turned over, the next digit makes up for it',
        { [digit(i)]: bits[i]! + two, [digit(i + 1)]: next },
      )
    }
    // A bit turned over, which any other digit can make up for: with a power of two above it, with a fraction below.
    const j = (i + random.integer(1, n - 1)) % n
    const turned = 1n - bits[i]!
    const missing = (bits[i]! - turned) << BigInt(i)
    yield lieAbout(scene, 'digits: a bit turned over, another digit makes up for it', {
      [digit(i)]: turned,
      [digit(j)]: bits[j]! + missing * invert(1n << BigInt(j)),
    })
  }
  for (const turns of [1n, 2n, -1n]) {
    const wrapped = digitsOf(value + turns * FIELD_ORDER, n)
    yield lieAbout(
      scene,
      'digits of the value plus a multiple of r',
      Object.fromEntries(wrapped.map((bit, i) => [digit(i), bit])),
    )
  }
}

/** The decomposed value moved out of its range by something that it depends on; the excess goes into the last digit. */
function* leaveRange(scene: Scene, { path, digits }: GadgetOf<'decomposition'>): Generator<Lie> {
  const { graph } = scene.place
  const decomposed = graph.numberOf(`${path}in`)
  const value = scene.values[decomposed]!
  const bound = 1n << BigInt(digits)
  for (const root of findRoots(scene, decomposed)) {
    const moved = scene.tamper(new Map([[root, scene.values[root]! + 1n]])).get(decomposed)
    const step = moved === undefined ? 0n : toSigned(toField(moved - value))
    if (step !== 1n && step !== -1n) continue
    for (const target of [bound, -1n, value + bound, value - bound, FIELD_ORDER >> 1n]) {
      const lies = new Map([[root, scene.values[root]! + step * (target - value)]])
      const reached = scene.tamper(lies).get(decomposed)
      if (reached !== undefined && reached >= bound)
        yield { kind: 'a value out of its range, the excess in the last digit', lies }
    }
    return
  }
}

/** What may be chosen that a signal follows from: inputs and hints, the nearest first. */
function findRoots(scene: Scene, signal: number): number[] {
  const { place } = scene
  const isPublic = (source: number) => {
    const { nPubOut, nPubIn } = place.subject.circuit.r1cs
    const wire = place.wireOf(source)
    return place.path === '' && wire !== undefined && wire > nPubOut && wire <= nPubOut + nPubIn
  }
  const roots: number[] = []
  const queue = [signal]
  const seen = new Set(queue)
  for (let next = queue.shift(); next !== undefined && roots.length < 8; next = queue.shift()) {
    if (place.isInput(next) || place.graph.originOf(next) === 'hint') {
      if (!isPublic(next)) roots.push(next)
      continue
    }
    for (const source of place.graph.sourcesOf(next)) {
      if (seen.has(source)) continue
      seen.add(source)
      queue.push(source)
    }
  }
  return roots
}

/** A value claimed to be 0 or not to be, by its inverse or against it. */
function* claimZero(scene: Scene, { path }: GadgetOf<'isZero'>): Generator<Lie> {
  const [value, out, inverse] = [scene.read(`${path}in`), scene.read(`${path}out`), scene.read(`${path}inv`)]
  yield lieAbout(scene, 'zero: the opposite claimed', { [`${path}out`]: 1n - out })
  yield lieAbout(scene, 'zero: twice claimed', { [`${path}out`]: 2n })
  if (value === 0n) return
  yield lieAbout(scene, 'zero: no inverse', { [`${path}inv`]: 0n })
  yield lieAbout(scene, 'zero: another inverse', { [`${path}inv`]: inverse + 1n })
  yield lieAbout(scene, 'zero: twice the inverse', { [`${path}inv`]: 2n * inverse })
}

/** Ones elsewhere, several, none, values with the right sum and position, and labels that are no class. */
function* moveLabel(scene: Scene, { path, classes }: GadgetOf<'oneHot'>): Generator<Lie> {
  const places = Array.from({ length: classes }, (_, k) => k)
  const ones = places.map((k) => scene.read(`${path}isLabel[${k}]`))
  const claim = (kind: string, values: readonly bigint[], more: Readonly<Record<string, bigint>> = {}) =>
    lieAbout(scene, `one-hot: ${kind}`, {
      ...Object.fromEntries(values.map((value, k) => [`${path}isLabel[${k}]`, value])),
      ...more,
    })
  const label = ones.indexOf(1n)
  yield claim(
    'no place',
    places.map(() => 0n),
  )
  for (const k of places.filter((k) => k !== label)) {
    yield claim(
      'another place',
      places.map((place) => (place === k ? 1n : 0n)),
    )
    yield claim('two places', ones.with(k, 1n))
    yield claim('two places that sum to one', ones.with(k, -1n).with(label, 2n))
    yield claim('halves', ones.with(k, HALF).with(label, HALF))
  }
  for (let k = 0; k + 2 < classes; k++) {
    for (const share of [1n, -1n, HALF]) {
      yield claim(
        'the right sum and position, no booleans',
        ones
          .with(k, ones[k]! + share)
          .with(k + 1, ones[k + 1]! - 2n * share)
          .with(k + 2, ones[k + 2]! + share),
      )
    }
  }
  // The label where it is chosen, so that its commitment follows.
  const [root] = findRoots(scene, scene.place.graph.numberOf(`${path}label`))
  for (const outside of [BigInt(classes), -1n, 1n << 32n]) {
    const chosen = root === undefined ? {} : { [scene.place.graph.names[root]!]: outside }
    yield claim(
      'a label out of range, no place',
      places.map(() => 0n),
      chosen,
    )
    yield claim(
      'a label out of range in the last place',
      places.map((k) => (k === classes - 1 ? 1n : 0n)),
      chosen,
    )
    yield claim(
      'a label out of range, the right sum and position',
      places.map((k) => (k === 0 ? 1n - outside : k === 1 ? outside : 0n)),
      chosen,
    )
  }
}

/** Another runner-up, or the right one attained by another class, by none, by several, or in shares. */
function* moveRunnerUp(scene: Scene, { path, classes }: GadgetOf<'runnerUp'>): Generator<Lie> {
  const places = Array.from({ length: classes }, (_, k) => k)
  const logits = places.map((k) => toSigned(scene.read(`${path}logits[${k}]`)))
  const isLabel = places.map((k) => scene.read(`${path}isLabel[${k}]`) === 1n)
  const best = toSigned(scene.read(`${path}runnerUp`))
  const attained = places.map((k) => scene.read(`${path}isRunnerUp[${k}]`))
  const current = attained.indexOf(1n)
  const claim = (kind: string, value: bigint, shares: readonly bigint[]) =>
    lieAbout(scene, `runner-up: ${kind}`, {
      [`${path}runnerUp`]: value,
      ...Object.fromEntries(shares.map((share, k) => [`${path}isRunnerUp[${k}]`, share])),
    })
  // Of competitors that tie either may attain: no lie, nor is what --O2 makes such a choice of, having put one share in terms of the others.
  const isTied = places.filter((k) => logits[k] === best && !isLabel[k]).length > 1
  const only = (k: number) => places.map((place) => (place === k ? 1n : 0n))
  for (const k of places.filter((k) => k !== current)) {
    if (logits[k] !== best) yield claim('another logit', logits[k]!, only(k))
    if (logits[k] !== best || isLabel[k]) yield claim('the right one, attained by another class', best, only(k))
    if (!isTied) yield claim('attained twice', best, attained.with(k, 1n))
    yield claim('shares that sum to one', best, attained.with(current, 2n).with(k, -1n))
    yield claim('halves', best, attained.with(current, HALF).with(k, HALF))
  }
  for (const error of [1n, -1n, 128n, -128n, 1n << 14n]) yield claim('off', best + error, attained)
  if (!isTied)
    yield claim(
      'attained by none',
      best,
      places.map(() => 0n),
    )
  for (const error of [1n, 500n])
    yield claim(
      'above all, attained by none',
      best + error,
      places.map(() => 0n),
    )
}

/** Other quotients and remainders of which the sum is right. */
function* divideOtherwise(scene: Scene, { path }: GadgetOf<'division'>, random: SeededRandom): Generator<Lie> {
  const read = (name: string) => scene.read(`${path}${name}`)
  const [rate, remainder, dividend, divisor] = [read('rate'), read('remainder'), read('dividend'), read('divisor')]
  const claim = (kind: string, quotient: bigint, rest: bigint) =>
    lieAbout(scene, `division: ${kind}`, { [`${path}rate`]: quotient, [`${path}remainder`]: rest })
  const isUndivided = read('totalIsZero.out') === 1n
  for (const turns of [1n, 2n, -1n, -2n, 1n << 20n, -rate]) {
    if (turns === 0n) continue
    const kind = isUndivided ? 'a rate although T = 0' : 'a quotient off, the remainder makes up for it'
    yield claim(kind, rate + turns, remainder - turns * divisor)
  }
  // Any remainder in range has a quotient round the field.
  const inverse = invert(divisor)
  for (const rest of [0n, 1n, divisor - 1n, remainder + 1n, random.bigBits(96) % divisor]) {
    if (rest !== remainder) yield claim('a quotient that wraps round the field', (dividend - rest) * inverse, rest)
  }
  if (rate !== remainder) yield claim('quotient and remainder swapped', remainder, rate)
}

/** Each table look-up answered by a neighbour's entry, and by the entry whose index differs in one bit. */
function* lookUpNeighbours(scene: Scene): Generator<Lie> {
  const { graph, path } = scene.place
  for (const name of graph.names) {
    if (!name.startsWith(path) || !/(^|\.)monomial\[0\]$/.test(name)) continue
    const table = name.slice(0, -'monomial[0]'.length)
    const weight = graph.numberOf(`${table}weight`)
    const bits = Array.from({ length: 8 }, (_, i) => graph.numberOf(`${table}bits[${i}]`))
    const index = bits.reduce((sum, bit, i) => sum | (Number(scene.values[bit]) << i), 0)
    /** The entry of another index, asked of the table itself. */
    const entryOf = (other: number) =>
      graph
        .tamper(scene.values, new Map(bits.map((bit, i) => [bit, BigInt((other >> i) & 1)])), scene.place.isInside)
        .get(weight)
    const others = [index - 1, index + 1, ...bits.map((_, i) => index ^ (1 << i))].filter((i) => i >= 0 && i < 256)
    for (const other of others) {
      const entry = entryOf(other)
      if (entry !== undefined) yield { kind: "table: another index's entry", lies: new Map([[weight, entry]]) }
    }
  }
}

/** An empty place of X that holds the commitment of what fills the slot, and a place in use that holds none. */
function* fillEmptyPlace(scene: Scene): Generator<Lie> {
  const { graph, path } = scene.place
  for (const name of graph.names) {
    const match = name.startsWith(path) ? name.match(/^(.*\.)(input|output)Entry$/) : null
    if (match === null) continue
    const [, slot, side] = match as unknown as [string, string, 'input' | 'output']
    const isActive = scene.read(`${slot}active`) === 1n
    yield lieAbout(scene, isActive ? 'no commitment in a place in use' : 'a salted commitment in an empty place', {
      [name]: isActive ? 0n : scene.read(`${slot}${side}_.commitment`),
    })
  }
}

const HALF = (FIELD_ORDER + 1n) / 2n
