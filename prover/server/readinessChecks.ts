import { statfs } from 'node:fs/promises'
import { type Address, formatEther, type Hex } from 'viem'
import { PoaError } from '../../src/errors.ts'
import { requireKeyForChain } from '../../src/proof/verificationKey.ts'
import type { NodeChain } from '../indexing/connectChain.ts'
import { describeRpcFailure } from '../indexing/openRpcs.ts'
import { describeProver, type Prover } from '../proving/chooseProver.ts'
import type { NodeDatabase } from '../store/openDatabase.ts'
import type { Circuits } from '../worker/openCircuits.ts'
import type { ReadinessCheck } from './Readiness.ts'

/** The mirror may be so many blocks behind the chain. */
const MOST_BLOCKS_BEHIND = 100n
/** Bytes that have to be free where traces are filed. */
const LEAST_FREE_BYTES = 256n * 1024n ** 2n

export function checkDatabase(db: Pick<NodeDatabase, 'ping' | 'kind'>): ReadinessCheck {
  return {
    name: 'database',
    async check() {
      await db.ping()
      return db.kind
    },
  }
}

/** The chain answers, it is the right one, and the mirror keeps up with it. */
export function checkChain(
  chain: Pick<NodeChain, 'client' | 'chainId' | 'requireChain'>,
  { kysely }: Pick<NodeDatabase, 'kysely'>,
): ReadinessCheck {
  return {
    name: 'chain',
    async check() {
      await chain.requireChain()
      const behind = await readBlocksBehind(chain, { kysely })
      if (behind > MOST_BLOCKS_BEHIND) throw new PoaError('MIRROR_BEHIND', `the index is ${behind} blocks behind`)
      return `chain ${chain.chainId}, ${behind} blocks behind`
    },
  }
}

/** How many blocks the chain has that the mirror has not. */
export async function readBlocksBehind(
  { client }: Pick<NodeChain, 'client'>,
  { kysely }: Pick<NodeDatabase, 'kysely'>,
): Promise<bigint> {
  const latest = await client.getBlockNumber().catch((error) => {
    throw describeRpcFailure(error)
  })
  const newest = await kysely
    .selectFrom('blocks')
    .select('number')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return latest - (newest?.number ?? -1n)
}

/** The keys of every circuit that a stored model needs are here, and good for this chain. Their hashes are checked when they are opened. */
export function checkKeys(
  circuits: Pick<Circuits, 'get'>,
  { chainId }: Pick<NodeChain, 'chainId'>,
  { kysely }: Pick<NodeDatabase, 'kysely'>,
): ReadinessCheck {
  return {
    name: 'keys',
    async check() {
      const needed = await kysely
        .selectFrom('model_artifacts as a')
        .innerJoin('model_versions as v', (join) =>
          join.onRef('v.model_id', '=', 'a.model_id').onRef('v.model_version', '=', 'a.model_version'),
        )
        .innerJoin('circuits as c', 'c.circuit_id', 'v.circuit_id')
        .select('c.key_hash')
        .distinct()
        .execute()
      for (const { key_hash } of needed) {
        const circuit = circuits.get(key_hash as Hex)
        if (circuit === undefined) throw new PoaError('KEYS_MISSING', `no keys of the circuit ${key_hash}`)
        requireKeyForChain(circuit.artifacts.verificationKey, chainId)
      }
      return needed.length === 0
        ? 'no model is stored yet'
        : `keys of ${needed.length === 1 ? '1 circuit' : `${needed.length} circuits`}`
    },
  }
}

/** What makes the proofs; it was chosen, or refused, when the node started. */
export function checkProver(prover: Prover): ReadinessCheck {
  return { name: 'prover', check: async () => describeProver(prover) }
}

/** The account can pay for gas. */
export function checkFunds(
  { client }: Pick<NodeChain, 'client'>,
  account: Address,
  minBalanceWei: bigint,
): ReadinessCheck {
  return {
    name: 'funds',
    async check() {
      const balance = await client.getBalance({ address: account }).catch((error) => {
        throw describeRpcFailure(error)
      })
      if (balance < minBalanceWei) throw new PoaError('BALANCE_LOW', `${account} has ${formatEther(balance)} OPEN`)
      return `${formatEther(balance)} OPEN`
    },
  }
}

export function checkDisk(directory: string): ReadinessCheck {
  return {
    name: 'disk',
    async check() {
      const { bavail, bsize } = await statfs(directory, { bigint: true })
      const free = bavail * bsize
      if (free < LEAST_FREE_BYTES) throw new PoaError('DISK_LOW', `${free} bytes are free`)
      return `${free / 1024n ** 2n} MiB free`
    },
  }
}

export function checkNotDraining(isDraining: () => boolean): ReadinessCheck {
  return {
    name: 'running',
    async check() {
      if (isDraining()) throw new PoaError('DRAINING', 'shutting down')
      return 'yes'
    },
  }
}
