import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import { FIELD_ORDER, toField } from '../../src/field.ts'
import { parseR1cs, type R1cs } from '../circuits/readR1cs.ts'
import { domainPower, evaluateQap, invert, lagrangeBasisAt, MAX_DOMAIN_POWER, rootOfUnity } from './evaluateQap.ts'
import { POINT_BYTES } from './fixedBaseWorker.ts'
import { type GeneratorMultiplier, type KeyEngine, openGeneratorMultiplier } from './GeneratorMultiplier.ts'
import { fieldBytes, type ProvingKeyPoints, writeZkey } from './writeZkey.ts'

/** The published seed. Whoever knows it can forge proofs: keys made from it are for development only. */
export const DEV_SEED = 'poa-dev-keys-v1'

/** Raise it whenever the same circuit and seed give other bytes: it is part of what the key cache is keyed by. */
export const DEV_SETUP_VERSION = 1

export type KeyProgress = (fraction: number, stage: string) => void

export type DevKeysOptions = {
  readonly r1csPath: string
  /** Where the proving key goes. */
  readonly zkeyPath: string
  readonly seed?: string
  /** The bytes do not depend on it. Default: one a core. */
  readonly threads?: number
  /** The bytes do not depend on it. Default: the fastest build of the native engine, or WebAssembly where none can be loaded. */
  readonly engine?: KeyEngine
  /** Called with a fraction in [0, 1] that never falls. */
  readonly onProgress?: KeyProgress
}

/**
 * Writes a Groth16 proving key from secrets that are derived from a published seed, and so are no secrets at all: it
 * skips the powers-of-tau ceremony, which takes hours for a real circuit, and gives the same bytes on every machine.
 * @returns what multiplied the points
 * @throws PoaError of readR1cs and openGeneratorMultiplier, KEYS_CIRCUIT_TOO_LARGE, KEYS_ENGINE_FAILED, KEYS_WORKER_FAILED
 */
export async function createDevKeys(options: DevKeysOptions): Promise<{ readonly engine: KeyEngine }> {
  const { r1csPath, zkeyPath, seed = DEV_SEED, threads, engine, onProgress = () => {} } = options
  requireDevKeysOptions({ seed, threads })
  onProgress(0, 'reading the circuit')
  const r1csBytes = await readFile(r1csPath).catch((cause) => {
    throw new PoaError('R1CS_UNREADABLE', `Cannot read ${r1csPath}`, { cause, hint: 'Compile the circuit first.' })
  })
  const r1cs = parseR1cs(r1csBytes)
  const secrets = deriveSecrets(seed, createHash('sha256').update(r1csBytes).digest())
  const multiplier = await openGeneratorMultiplier(threads, engine)
  try {
    const points = await computePoints(r1cs, secrets, multiplier, onProgress)
    onProgress(0.95, 'writing the proving key')
    const circuitHash = createHash('sha512').update(r1csBytes).digest()
    await writeZkey(zkeyPath, r1cs, 2 ** domainPower(r1cs), points, circuitHash)
  } finally {
    await multiplier.terminate()
  }
  onProgress(1, 'done')
  return { engine: multiplier.engine }
}

/** Before anything is written or removed. @throws InvalidInputError */
export function requireDevKeysOptions({
  seed,
  threads,
}: {
  readonly seed: string
  readonly threads?: number | undefined
}): void {
  if (seed === '') throw new InvalidInputError('seed', 'a non-empty string', seed)
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS))
    throw new InvalidInputError('threads', `an integer in 1 .. ${MOST_THREADS}`, threads)
}

const MOST_THREADS = 1024

type Secrets = { readonly [Name in (typeof SECRET_NAMES)[number]]: bigint }
const SECRET_NAMES = ['tau', 'alpha', 'beta', 'gamma', 'delta'] as const

/** SHA-512 of a domain tag, the name, the circuit and the seed, reduced mod r: 258 bits of slack leave no bias. */
function deriveSecrets(seed: string, r1csHash: Uint8Array): Secrets {
  const secret = (name: string): bigint => {
    const digest = createHash('sha512').update(`poa/dev-keys/${name}\0`).update(r1csHash).update(seed).digest('hex')
    return BigInt(`0x${digest}`) % FIELD_ORDER
  }
  return Object.fromEntries(SECRET_NAMES.map((name) => [name, secret(name)])) as Secrets
}

async function computePoints(
  r1cs: R1cs,
  { tau, alpha, beta, gamma, delta }: Secrets,
  multiplier: GeneratorMultiplier,
  onProgress: KeyProgress,
): Promise<ProvingKeyPoints> {
  const power = domainPower(r1cs)
  if (power > MAX_DOMAIN_POWER) {
    const rows = r1cs.nConstraints + r1cs.nPubOut + r1cs.nPubIn + 1
    throw new PoaError('KEYS_CIRCUIT_TOO_LARGE', `${rows} rows do not fit a domain of 2^${MAX_DOMAIN_POWER}`)
  }
  const nPublic = r1cs.nPubOut + r1cs.nPubIn

  // A point of G2 costs about three and a half of G1: the bar moves with the work, not with the count.
  const G2_WORK = 3.5
  const total = 2 ** power + r1cs.nWires * (3 + G2_WORK)
  let done = 0
  const multiply = (group: 'g1' | 'g2', scalars: Uint8Array, stage: string) =>
    multiplier.multiply(group, scalars, (count) => {
      done += count * (group === 'g2' ? G2_WORK : 1)
      onProgress(Math.min(0.95, 0.3 + (0.65 * done) / total), stage)
    })

  // H(tau) Z(tau) is interpolated from the points where Z does not vanish: the odd half of the domain of twice the size. That
  // is how snarkjs' prover evaluates it, and why its section 9 is this half of the basis, over delta.
  onProgress(0.05, 'Lagrange basis of H')
  const byDelta = invert(delta)
  const byGamma = invert(gamma)
  const oddBasis = oddHalfOfDoubledBasis(tau, power)
  const hPoints = multiply('g1', scalarBytes(oddBasis.map((value) => value * byDelta)), 'points of H')

  // WebAssembly's threads work on H while this one evaluates the rest.
  onProgress(0.15, 'evaluating the circuit')
  const qap = evaluateQap(r1cs, lagrangeBasisAt(tau, power))
  const combined = qap.a.map((a, i) => beta * a + alpha * qap.b[i]! + qap.c[i]!)
  const icScalars = combined.slice(0, nPublic + 1).map((value) => value * byGamma)
  const cScalars = combined.slice(nPublic + 1).map((value) => value * byDelta)
  const bScalars = scalarBytes(qap.b)
  const [h, key1, key2, ic, a, b1, c, b2] = await Promise.all([
    hPoints,
    multiply('g1', scalarBytes([alpha, beta, delta]), 'points of the key'),
    multiply('g2', scalarBytes([beta, gamma, delta]), 'points of the key'),
    multiply('g1', scalarBytes(icScalars), 'points of IC'),
    multiply('g1', scalarBytes(qap.a), 'points of A'),
    multiply('g1', bScalars, 'points of B in G1'),
    multiply('g1', scalarBytes(cScalars), 'points of C'),
    multiply('g2', bScalars, 'points of B in G2'),
  ])
  const point = (points: Uint8Array, index: number, bytes: number) => points.slice(index * bytes, (index + 1) * bytes)
  return {
    alpha1: point(key1, 0, POINT_BYTES.g1),
    beta1: point(key1, 1, POINT_BYTES.g1),
    delta1: point(key1, 2, POINT_BYTES.g1),
    beta2: point(key2, 0, POINT_BYTES.g2),
    gamma2: point(key2, 1, POINT_BYTES.g2),
    delta2: point(key2, 2, POINT_BYTES.g2),
    ic,
    a,
    b1,
    b2,
    c,
    h,
  }
}

/**
 * L_{2i+1}(tau) for the Lagrange basis of the domain of size 2n, n = 2^power. With g a primitive 2n-th root and
 * x = g^(2i+1): L = (tau^2n - 1) / 2n * x / (tau - x). The basis of the coset g<w> of size n has
 * (tau^n - g^n) / (n g^n) * x / (tau - x), where g^n = -1; so L is that times -(tau^n - 1) / 2.
 */
function oddHalfOfDoubledBasis(tau: bigint, power: number): bigint[] {
  let tauToSize = tau
  for (let i = 0; i < power; i++) tauToSize = toField(tauToSize * tauToSize)
  const factor = toField(-(tauToSize - 1n) * invert(2n))
  return lagrangeBasisAt(tau, power, rootOfUnity(power + 1)).map((value) => (value * factor) % FIELD_ORDER)
}

function scalarBytes(scalars: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(scalars.length * 32)
  for (const [i, scalar] of scalars.entries()) bytes.set(fieldBytes(toField(scalar)), i * 32)
  return bytes
}
