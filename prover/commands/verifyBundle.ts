import { join } from 'node:path'
import { createPublicClient, fallback, formatEther, http } from 'viem'
import type { ProvenClaim } from '../../src/chain/settleBatch.ts'
import { type ChainVerdict, verifyOnChain } from '../../src/chain/verifyOnChain.ts'
import { PoaError } from '../../src/errors.ts'
import type { VerificationKey } from '../../src/proof/Groth16.ts'
import {
  hashVerificationKey,
  isCeremonyKey,
  parseVerificationKey,
  requireKeyForChain,
  requireSoundVerificationKey,
} from '../../src/proof/verificationKey.ts'
import { parseProof, verifyProof } from '../../src/proof/verifyProof.ts'
import { earningWeiRoundedDown } from '../../src/statement/bookBatch.ts'
import { listPublicSignals, PUBLIC_SIGNAL_COUNT } from '../../src/statement/buildStatement.ts'
import {
  derivePublicSignals,
  parseSettlementClaim,
  requireBoundedEarnings,
  type SettlementClaim,
} from '../../src/statement/settlementClaim.ts'
import { requireSettings } from '../config/loadSettings.ts'
import { readSettings } from '../config/readSettings.ts'
import type { Settings } from '../config/settings.ts'
import { loadArtifacts } from '../proving/artifacts.ts'
import { readJsonFile } from '../readJsonFile.ts'
import { formatTable } from './formatTable.ts'

export type VerifyBundleOptions = {
  readonly proof: string
  readonly public: string
  readonly key?: string
  readonly onchain?: boolean
  readonly config?: string
  readonly json?: boolean
}

/** `poa proof verify` */
export async function verifyBundle(options: VerifyBundleOptions): Promise<void> {
  const settings = await readSettings(options)
  const proof = parseProof(await readJsonFile(options.proof))
  const claim = parseSettlementClaim(await readJsonFile(options.public))
  requireBoundedEarnings(claim)
  const verificationKey = await readKey(settings, options, claim)
  const publicSignals = listPublicSignals(derivePublicSignals(claim))
  const isValid = verifyProof({ verificationKey, publicSignals, proof })
  const onChain = options.onchain ? await askChain(settings, { claim, proof }) : undefined
  const ok = isValid && onChain?.isAccepted !== false
  const isDevKey = !isCeremonyKey(verificationKey)
  if (options.json) {
    console.log(JSON.stringify({ ok, isValid, isDevKey, onChain, publicSignals: publicSignals.map(String) }))
  } else {
    printVerdict(claim, { isValid, isDevKey, onChain })
  }
  if (!ok) process.exitCode = 1
}

/** The key that the claim is bound to. It must be sound, and no DEV key unless the claim's chain is local. */
async function readKey(
  { artifacts }: Settings,
  { key }: VerifyBundleOptions,
  { shape, context }: SettlementClaim,
): Promise<VerificationKey> {
  const verificationKey =
    key === undefined
      ? (await loadArtifacts(join(artifacts, shape.name))).verificationKey
      : parseVerificationKey(await readJsonFile(key))
  requireSoundVerificationKey(verificationKey, PUBLIC_SIGNAL_COUNT)
  requireKeyForChain(verificationKey, context.chainId)
  const keyHash = hashVerificationKey(verificationKey)
  if (keyHash !== context.circuitKeyHash) {
    throw new PoaError(
      'KEY_OF_OTHER_CIRCUIT',
      `the verification key hashes to ${keyHash}, the claim is bound to ${context.circuitKeyHash}`,
    )
  }
  return verificationKey
}

async function askChain(settings: Settings, proven: ProvenClaim): Promise<ChainVerdict> {
  const { rpcUrls, escrow } = requireSettings(settings, 'rpcUrls', 'escrow')
  return verifyOnChain(createPublicClient({ transport: fallback(rpcUrls.map((url) => http(url))) }), escrow, proven)
}

function printVerdict(
  { sealed, earnings, context, weightsCommitment, indexCommitment }: SettlementClaim,
  { isValid, isDevKey, onChain }: { isValid: boolean; isDevKey: boolean; onChain: ChainVerdict | undefined },
): void {
  const poolsWei = sealed.pools.reduce((sum, pool) => sum + pool, 0n)
  console.log(
    `${isValid ? '✔ valid' : '✘ NOT VALID'}: the proof ${isValid ? 'shows' : 'does not show'} what public.json says`,
  )
  if (isDevKey) console.log('  under DEV keys, with which anyone can forge: it means something on a local chain only')
  if (onChain === undefined) console.log('  not checked: that a chain knows this batch (--onchain)')
  else {
    console.log(
      `${onChain.isAccepted ? '✔ accepted' : '✘ NOT ACCEPTED'} by the verifier of the escrow, which sealed this batch`,
    )
    console.log(`  the batch ${onChain.isSettled ? 'is settled' : 'is not settled yet'}`)
  }
  const { chainId, settlement, batchId, modelId, modelVersion, indexVersion, epochId, prover } = context
  console.log(`batch ${batchId} of escrow ${settlement} on chain ${chainId}: ${sealed.requestIds.length} inferences`)
  console.log(`model ${modelId}, version ${modelVersion}, index ${indexVersion}, epoch ${epochId}; prover ${prover}`)
  console.log(`weights commitment ${weightsCommitment}\nindex commitment   ${indexCommitment}`)
  console.log(`pools: ${formatEther(poolsWei)} OPEN`)
  const rows = earnings.map((earning, slot) => [String(slot), formatWei(earningWeiRoundedDown(earning))])
  for (const line of formatTable(['slot', 'earning, OPEN'], rows)) console.log(line)
}

/** Wei as OPEN with all its decimals. */
function formatWei(wei: bigint): string {
  const [whole, fraction = ''] = formatEther(wei).split('.')
  return `${whole}.${fraction.padEnd(18, '0')}`
}
