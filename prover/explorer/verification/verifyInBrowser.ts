import { buildBn128 } from 'ffjavascript'
import { groth16 } from 'snarkjs'
import { type BatchView, circuitKeyView } from '../../../src/api/views.ts'
import { getProof } from '../../../src/client/getProof.ts'
import { requestNode } from '../../../src/client/requestNode.ts'
import { PoaError } from '../../../src/errors.ts'
import type { Groth16Proof, VerificationKey } from '../../../src/proof/Groth16.ts'
import {
  circuitIdOf,
  hashVerificationKey,
  isCeremonyKey,
  parseVerificationKey,
} from '../../../src/proof/verificationKey.ts'
import { verifyProof } from '../../../src/proof/verifyProof.ts'
import { listPublicSignals } from '../../../src/statement/buildStatement.ts'
import {
  derivePublicSignals,
  requireBoundedEarnings,
  type SettlementClaim,
} from '../../../src/statement/settlementClaim.ts'
import { countOf } from '../words/formatFigures.ts'
import { differencesFrom } from './differencesFrom.ts'

export type VerificationStep = { readonly title: string; readonly ok: boolean; readonly detail: string }

export type Verification = {
  readonly isValid: boolean
  readonly steps: readonly VerificationStep[]
  /** Under which it is valid or not: nothing here says that the chain has this key. */
  readonly keyHash: string
  readonly isDevKey: boolean
  readonly seconds: number
}

/** A claim that an honest proof cannot show. */
export type Alteration = 'none' | 'earning'

/**
 * Verifies the proof of a batch here: the claim has to be what the page shows, what the contract derives is derived anew, the key is known by its
 * hash, and two implementations that share no code check the pairing. Batch and key are the node's word: a node that made both, and a key of its
 * own, would pass. Compare the key's hash with the chain's.
 * @param batch as the page shows it
 * @throws NodeApiError while there is no proof or no key; InvalidInputError for a malformed one
 */
export async function verifyInBrowser(
  nodeUrl: string,
  batch: BatchView,
  alteration: Alteration,
): Promise<Verification> {
  const { claim: stated, proof } = await getProof(nodeUrl, { batchId: BigInt(batch.batchId) })
  const { circuitKeyHash } = stated.context
  const { verificationKey: json } = await requestNode(nodeUrl, {
    path: `/v1/circuits/${circuitIdOf(circuitKeyHash)}/key`,
    answer: circuitKeyView,
  })
  const startedAt = performance.now()
  const verificationKey = parseVerificationKey(json)
  const claim = alteration === 'none' ? stated : withOtherEarning(stated)
  const steps: VerificationStep[] = [
    compareKey(verificationKey, circuitKeyHash),
    compareBatch(claim, batch),
    checkBounds(claim),
  ]
  const publicSignals = listPublicSignals(derivePublicSignals(claim))
  steps.push({
    title: 'Public signals derived',
    ok: true,
    detail: `${publicSignals.length} field elements from ${countOf(claim.sealed.requestIds.length, 'inference')} and ${countOf(claim.earnings.length, 'earning')}, as the contract does`,
  })
  const bySnarkjs = await verifyBySnarkjs(verificationKey, publicSignals, proof)
  steps.push({ title: 'snarkjs', ok: bySnarkjs, detail: tellPairing(bySnarkjs) })
  const byThisProject = verifyProof({ verificationKey, publicSignals, proof })
  steps.push({ title: "this project's verifier", ok: byThisProject, detail: tellPairing(byThisProject) })
  return {
    isValid: steps.every(({ ok }) => ok),
    steps,
    keyHash: circuitKeyHash,
    isDevKey: !isCeremonyKey(verificationKey),
    seconds: (performance.now() - startedAt) / 1000,
  }
}

const tellPairing = (holds: boolean) => (holds ? 'the pairing equation holds' : 'the pairing equation does not hold')

function compareKey(verificationKey: VerificationKey, circuitKeyHash: string): VerificationStep {
  const hash = hashVerificationKey(verificationKey)
  const ok = hash === circuitKeyHash
  return {
    title: 'Verification key',
    ok,
    detail: ok
      ? `its hash is ${hash}, which the context names`
      : `its hash is ${hash}, the context names ${circuitKeyHash}`,
  }
}

function compareBatch(claim: SettlementClaim, batch: BatchView): VerificationStep {
  const differences = differencesFrom(batch, claim)
  const compared = ['requests', 'pools', 'commitments', 'hash', 'model', 'epoch']
  if (batch.settlement !== null) compared.push('prover', 'digest')
  if (batch.booking !== null) compared.push('booked earnings')
  return {
    title: 'The claim is this batch',
    ok: differences.length === 0,
    detail:
      differences.length === 0
        ? `as on this page: ${compared.join(', ')}`
        : `it says otherwise than this page: ${differences.join(', ')}`,
  }
}

function checkBounds(claim: SettlementClaim): VerificationStep {
  const title = 'Bounds of the ledger'
  try {
    requireBoundedEarnings(claim)
    return { title, ok: true, detail: 'positive earnings are within the pools, all of them within twice the pools' }
  } catch (error) {
    if (!(error instanceof PoaError)) throw error
    return { title, ok: false, detail: error.message }
  }
}

/** On this thread: its own threads would be workers made from a blob, which the page's policy forbids. */
async function verifyBySnarkjs(
  verificationKey: VerificationKey,
  publicSignals: readonly bigint[],
  proof: Groth16Proof,
) {
  const global = globalThis as { curve_bn128?: unknown }
  // snarkjs takes the curve from here when there is one, and would build one with threads otherwise.
  global.curve_bn128 ??= await buildBn128(true)
  return groth16.verify(verificationKey, publicSignals.map(String), proof)
}

/** The first earning and one wei more. */
function withOtherEarning(claim: SettlementClaim): SettlementClaim {
  return { ...claim, earnings: claim.earnings.map((earning, c) => (c === 0 ? earning + (1n << 64n) : earning)) }
}
