import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { recoverAddress, zeroAddress } from 'viem'
import { generatePrivateKey, sign } from 'viem/accounts'
import { traceIdOf } from '../../src/api/typedData.ts'
import { shapeNamed } from '../../src/shape.ts'
import { commitInput, commitOutput } from '../../src/statement/commitments.ts'
import type { Tables } from '../store/tables.ts'
import { readTraceFacts } from './readTraceFacts.ts'
import { storeTraces } from './storeTraces.ts'

const ROUNDS = 25
const shape = shapeNamed('tiny')

/**
 * Goes through what each trace needs, on made-up values and without leaving anything behind: curve tables are computed, code is compiled, the database
 * has its catalogue in memory. Otherwise the first dozens of requests after a start would wait a fifth of a second for that.
 */
export async function warmUp(kysely: Kysely<Tables>): Promise<void> {
  const privateKey = generatePrivateKey()
  const message = { modelId: 0n, requestId: 0n, inputCommitment: 1n, outputCommitment: 1n, nonce: 0n, deadline: 0n }
  const features = [0, 0, 0, 0, 127]
  for (let round = 0; round < ROUNDS; round++) {
    const traceId = traceIdOf({ chainId: 0n, escrow: zeroAddress }, { ...message, nonce: BigInt(round) })
    await recoverAddress({ hash: traceId, signature: await sign({ hash: traceId, privateKey, to: 'hex' }) })
    commitInput(features, BigInt(round), shape)
    commitOutput(0, BigInt(round), shape)
    await readTraceFacts(kysely, [{ traceId, requestId: 0n, modelId: 0n }])
    await storeTraces(kysely, [])
    await yieldToOthers()
  }
}
