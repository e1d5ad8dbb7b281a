import { join } from 'node:path'
import { Command } from 'commander'
import { type Address, createPublicClient, formatEther, http, isAddress } from 'viem'
import { verifyOnChain } from '../../src/chain/verifyOnChain.ts'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import {
  hashVerificationKey,
  parseVerificationKey,
  requireSoundVerificationKey,
} from '../../src/proof/verificationKey.ts'
import { parseProof, verifyProof } from '../../src/proof/verifyProof.ts'
import { listPublicSignals, PUBLIC_SIGNAL_COUNT } from '../../src/statement/buildStatement.ts'
import { derivePublicSignals, parseSettlementClaim, type SettlementClaim } from '../../src/statement/settlementClaim.ts'
import { defaultArtifactsDirectory } from './proveCommand.ts'
import { readJsonFile } from './readJsonFile.ts'

type Options = {
  readonly proof: string
  readonly public: string
  readonly key?: string
  readonly onchain?: boolean
  readonly rpcUrl?: string
  readonly registry?: string
  readonly json?: boolean
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'Check a proof bundle: that the proof shows what public.json says. Challenge, evaluation and context are derived here, as the contract does. Exit code 0 valid, 1 not.',
    )
    .requiredOption('--proof <file>', 'proof.json')
    .requiredOption('--public <file>', 'public.json')
    .option('--key <file>', 'verification key (default: build/<shape>/verification-key.json)')
    .option('--onchain', 'ask a verifier registry as well; needs --rpc-url and --registry')
    .option('--rpc-url <url>', 'JSON-RPC endpoint of the chain')
    .option('--registry <address>', 'address of the VerifierRegistry')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  npx poa verify --proof build/demo/proof.json --public build/demo/public.json')
    .action(verify)
}

async function verify(options: Options): Promise<void> {
  const proof = parseProof(await readJsonFile(options.proof))
  const claim = parseSettlementClaim(await readJsonFile(options.public))
  const keyPath = options.key ?? join(defaultArtifactsDirectory(claim.shape.name), 'verification-key.json')
  const verificationKey = parseVerificationKey(await readJsonFile(keyPath))
  requireSoundVerificationKey(verificationKey, PUBLIC_SIGNAL_COUNT)
  const keyHash = hashVerificationKey(verificationKey)
  if (keyHash !== claim.context.circuitKeyHash) {
    throw new PoaError(
      'KEY_OF_OTHER_CIRCUIT',
      `${keyPath} hashes to ${keyHash}, the claim is bound to ${claim.context.circuitKeyHash}`,
    )
  }
  const publicSignals = listPublicSignals(derivePublicSignals(claim))
  const isValid = verifyProof({ verificationKey, publicSignals, proof })
  const isValidOnChain = options.onchain ? await askChain(options, claim, proof) : undefined
  const ok = isValid && isValidOnChain !== false
  if (options.json)
    console.log(JSON.stringify({ ok, isValid, isValidOnChain, publicSignals: publicSignals.map(String) }))
  else printVerdict(claim, isValid, isValidOnChain)
  if (!ok) process.exitCode = 1
}

async function askChain(
  { rpcUrl, registry }: Options,
  claim: SettlementClaim,
  proof: ReturnType<typeof parseProof>,
): Promise<boolean> {
  if (rpcUrl === undefined) throw new InvalidInputError('--rpc-url', 'given with --onchain', rpcUrl)
  if (registry === undefined || !isAddress(registry))
    throw new InvalidInputError('--registry', 'an address, given with --onchain', registry)
  return verifyOnChain(createPublicClient({ transport: http(rpcUrl) }), registry as Address, { claim, proof })
}

function printVerdict(
  { sealed, earnings, context }: SettlementClaim,
  isValid: boolean,
  isValidOnChain: boolean | undefined,
): void {
  const poolsWei = sealed.pools.reduce((sum, pool) => sum + pool, 0n)
  console.log(
    `${isValid ? '✔ valid' : '✘ NOT VALID'}: batch ${context.batchId} of model ${context.modelId}, ${sealed.requestIds.length} inferences`,
  )
  if (isValidOnChain !== undefined)
    console.log(`${isValidOnChain ? '✔ accepted' : '✘ NOT ACCEPTED'} by the chain's verifier registry`)
  console.log(`pools: ${formatEther(poolsWei)} OPEN; earnings by slot, in OPEN:`)
  for (const [slot, earning] of earnings.entries())
    console.log(`  ${String(slot).padStart(2)}  ${formatEther(earning >> 64n)}`)
}
