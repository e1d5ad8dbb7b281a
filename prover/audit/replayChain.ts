import type { Address } from 'viem'
import type { AuditRecord, HeaderRecord } from '../../src/audit/AuditRecord.ts'
import type { AuditSink } from '../../src/audit/AuditRow.ts'
import { type AuditSummary, auditRecords } from '../../src/audit/auditRecords.ts'
import { readChainRecords } from '../../src/audit/readChainRecords.ts'
import type { VerifyProofs } from '../../src/audit/VerifyProofs.ts'
import { verifyProofs } from '../../src/proof/verifyProofs.ts'
import { describeRpcFailure } from '../indexing/openRpcs.ts'
import { openAuditClient } from './openAuditClient.ts'
import { openProofPool, type ProofPool } from './openProofPool.ts'
import { readReferences } from './readReferences.ts'
import { readTraceFiles } from './readTraceFiles.ts'

export type ChainSource = {
  readonly rpcUrls: readonly string[]
  readonly escrow?: Address | undefined
  readonly block?: bigint | undefined
  readonly fromBlock?: bigint | undefined
  /** Files and folders of disclosed batches. */
  readonly traces?: readonly string[] | undefined
  /** A folder of artifacts whose keys the registered ones must be. */
  readonly artifacts?: string | undefined
}

export type ReplayOptions = {
  readonly sinks?: readonly AuditSink[]
  /** Sees the records on their way to the replay. */
  readonly keep?: (records: AsyncIterable<AuditRecord>) => AsyncGenerator<AuditRecord>
  /** How much of the chain has been replayed, 0 .. 1, and up to which block. */
  readonly onProgress?: ((fraction: number, block: number) => void) | undefined
}

/**
 * Reads a chain over JSON-RPC and audits it, proofs on threads.
 * @throws InvalidInputError, PoaError as readChainRecords; RPC_UNREACHABLE, RPC_REFUSED
 */
export async function replayChain(source: ChainSource, options: ReplayOptions): Promise<AuditSummary> {
  const { rpcUrls, escrow, block, fromBlock, traces = [], artifacts } = source
  const evidence = { references: await readReferences(artifacts), traces: await readTraceFiles(traces) }
  try {
    const client = await openAuditClient(rpcUrls)
    return await replayRecords(readChainRecords(client, { escrow, block, fromBlock, ...evidence }), options)
  } catch (error) {
    throw describeRpcFailure(error)
  }
}

/** Threads take a second or two to start: as long as some fifty proofs. */
const FEWEST_FOR_THREADS = 48

/** Audits records wherever they come from, proofs on threads. */
export async function replayRecords(
  records: AsyncIterable<AuditRecord>,
  { sinks = [], keep, onProgress }: ReplayOptions,
): Promise<AuditSummary> {
  let pool: ProofPool | undefined
  const verify: VerifyProofs = async (key, items) => {
    if (items.length < FEWEST_FOR_THREADS) return verifyProofs(key, items)
    pool ??= openProofPool()
    return pool.verifyProofs(key, items)
  }
  let header: HeaderRecord | undefined
  try {
    return await auditRecords(watch(keep === undefined ? records : keep(records)), {
      sinks,
      verifyProofs: verify,
      onProgress: (block) => {
        const { fromBlock, block: pinned } = header!
        onProgress?.((block - fromBlock + 1) / (pinned.number - fromBlock + 1), block)
      },
    })
  } finally {
    await pool?.close()
  }

  async function* watch(all: AsyncIterable<AuditRecord>): AsyncGenerator<AuditRecord> {
    for await (const record of all) {
      if (record.type === 'header') header = record
      yield record
    }
  }
}
