import { buildBn128 } from 'ffjavascript'
import { groth16 } from 'snarkjs'
import { circuitKeyView } from '../../../src/api/views.ts'
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
import { earningWeiRoundedDown } from '../../../src/statement/bookBatch.ts'
import { listPublicSignals } from '../../../src/statement/buildStatement.ts'
import {
  derivePublicSignals,
  requireBoundedEarnings,
  type SettlementClaim,
} from '../../../src/statement/settlementClaim.ts'

/** What the node says of the batch elsewhere, and the claim is compared with. */
export type BatchAsShown = {
  readonly batchId: bigint
  readonly requestIds: readonly bigint[]
  /** By slot; undefined while nothing is booked. */
  readonly earningsWei: readonly bigint[] | undefined
}

export type VerificationStep = { readonly title: string; readonly ok: boolean; readonly detail: string }

export type Verification = {
  readonly isValid: boolean
  readonly steps: readonly VerificationStep[]
  readonly isDevKey: boolean
  readonly seconds: number
}

/** A claim that an honest proof cannot show. */
export type Alteration = 'none' | 'earning'

/**
 * Verifies the proof of a batch here: what the contract derives is derived anew, the key is known by its hash, and two implementations that share no
 * code check the pairing. The node is believed in nothing but that this is the batch; compare the key's hash with the chain's.
 * @throws NodeApiError while there is no proof or no key; InvalidInputError for a malformed one
 */
export async function verifyInBrowser(
  nodeUrl: string,
  shown: BatchAsShown,
  alteration: Alteration,
): Promise<Verification> {
  const { claim: stated, proof } = await getProof(nodeUrl, { batchId: shown.batchId })
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
    compareBatch(claim, shown),
    checkBounds(claim),
  ]
  const publicSignals = listPublicSignals(derivePublicSignals(claim))
  steps.push({
    title: 'Public signals derived',
    ok: true,
    detail: `${publicSignals.length} field elements from ${claim.sealed.requestIds.length} inferences and ${claim.earnings.length} earnings, as the contract does`,
  })
  const bySnarkjs = await verifyBySnarkjs(verificationKey, publicSignals, proof)
  steps.push({ title: 'snarkjs', ok: bySnarkjs, detail: tellPairing(bySnarkjs) })
  const byThisProject = verifyProof({ verificationKey, publicSignals, proof })
  steps.push({ title: "this project's verifier", ok: byThisProject, detail: tellPairing(byThisProject) })
  return {
    isValid: steps.every(({ ok }) => ok),
    steps,
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

function compareBatch({ context, sealed, earnings }: SettlementClaim, shown: BatchAsShown): VerificationStep {
  const sameRequests = String(sealed.requestIds) === String(shown.requestIds) && context.batchId === shown.batchId
  const booked = earnings.map(earningWeiRoundedDown)
  const sameEarnings = shown.earningsWei === undefined || String(booked) === String(shown.earningsWei)
  return {
    title: 'The claim is this batch',
    ok: sameRequests && sameEarnings,
    detail: !sameRequests
      ? 'it names other requests than this page'
      : sameEarnings
        ? `batch ${shown.batchId} with its requests${shown.earningsWei === undefined ? '' : ', and the earnings that the ledger booked'}`
        : 'its earnings are not those that the ledger booked',
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
