import { z } from 'zod'
import { type VerdictView, verdictView } from '../../../src/api/views.ts'
import { PoaError } from '../../../src/errors.ts'
import { isCeremonyKey, requireKeyForChain } from '../../../src/proof/verificationKey.ts'
import { parseProof } from '../../../src/proof/verifyProof.ts'
import { listPublicSignals } from '../../../src/statement/buildStatement.ts'
import {
  derivePublicSignals,
  parseSettlementClaim,
  requireBoundedEarnings,
} from '../../../src/statement/settlementClaim.ts'
import { RefusalError } from '../../intake/RefusalError.ts'
import { type ApiContext, type ApiInstance, problemResponses } from '../ApiContext.ts'
import { noQuery } from './schemas.ts'

const provenClaim = z.strictObject({ claim: z.unknown(), proof: z.unknown() })

export function addProofRoutes(app: ApiInstance, { circuits, verifier }: ApiContext): void {
  app.post(
    '/v1/proofs/verify',
    {
      schema: {
        summary: 'Whether a proof shows a claim, off chain',
        description:
          'claim and proof are what GET /v1/traces/:id/proof answers. Whether a chain knows the batch is not asked.',
        body: provenClaim,
        querystring: noQuery,
        response: { 200: verdictView, ...problemResponses },
      },
    },
    async ({ body }): Promise<VerdictView> => {
      const claim = parseSettlementClaim(body.claim)
      const proof = parseProof(body.proof)
      const publicSignals = listPublicSignals(derivePublicSignals(claim))
      const { circuitKeyHash, chainId } = claim.context
      const verificationKey = circuits.get(circuitKeyHash)?.artifacts.verificationKey
      if (verificationKey === undefined)
        throw new RefusalError('CIRCUIT_UNKNOWN', `this node has no key with the hash ${circuitKeyHash}`)
      const isDevKey = !isCeremonyKey(verificationKey)
      try {
        requireKeyForChain(verificationKey, chainId)
        requireBoundedEarnings(claim)
      } catch (error) {
        if (!(error instanceof PoaError)) throw error
        return { isValid: false, isDevKey, code: error.code, detail: error.message }
      }
      const fault = await verifier.findFault({ verificationKey, publicSignals, proof })
      return { isValid: fault === undefined, isDevKey, code: fault?.code ?? null, detail: fault?.detail ?? null }
    },
  )
}
