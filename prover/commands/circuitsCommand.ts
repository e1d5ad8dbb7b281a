import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { SHAPE_NAMES } from '../../src/shape.ts'
import { readSettings } from '../config/readSettings.ts'
import type { Settings } from '../config/settings.ts'
import type { Manifest } from '../proving/artifacts.ts'
import { createCommand, createGroup } from './createCommand.ts'

type Options = { readonly shape: string; readonly config?: string; readonly json?: boolean }

const shapeOption = () =>
  new Option('--shape <name>', 'circuit of circuits/circuits.json').choices(SHAPE_NAMES).default('small')

export function circuitsCommand(): Command {
  const build = createCommand('build', {
    description:
      'Compile a circuit and make DEV keys for it in build/<shape>, where they are missing. Anyone can forge under DEV keys: they serve local chains. Keys for real money: npm run keys -- production --help.',
    examples: ['poa circuits build --shape small'],
  })
    .addOption(shapeOption())
    .option('--force', 'make the keys again even if they are there')
    .action(buildCircuit)
  const verify = createCommand('verify', {
    description:
      'Check every file of a circuit against its manifest and its key against known weaknesses; with --onchain, also that the chain of the settings has registered just this key, and that the code of its verifier is what it was then.',
    examples: ['poa circuits verify --shape small', 'poa circuits verify --onchain --config build/devnet/poa.json'],
    settings: ['artifacts', 'rpcUrls', 'chainId', 'escrow'],
  })
    .addOption(shapeOption())
    .option('--onchain', 'compare with the circuit that the chain has registered')
    .action(verifyCircuit)
  return createGroup(
    'circuits',
    { description: 'Build circuits with keys, and check them.', examples: ['poa circuits verify --shape small'] },
    [build, verify],
  )
}

async function buildCircuit({ shape, force = false, json = false }: Options & { force?: boolean }): Promise<void> {
  // Compiler and set-up are no part of a running node, so they are loaded here and nowhere else.
  const { ensureDevKeysOfShape } = await import('../../scripts/keys/ensureDevKeys.ts')
  const { terminate } = await import('../proving/snarkjs.ts')
  const { StageProgress } = await import('../StageProgress.ts')
  const { report } = await import('./report.ts')
  try {
    const { artifacts, cached } = await new StageProgress({ isQuiet: json }).run(
      'keys',
      `Circuit and DEV keys of ${shape}`,
      (onProgress) => ensureDevKeysOfShape(shape, { force, onProgress }),
    )
    const { directory, manifest } = artifacts
    report({ json }, { cached, directory, ...identityOf(manifest) }, () => [
      `${cached ? 'unchanged' : 'made'}: ${directory}`,
      ...describeManifest(manifest),
    ])
  } finally {
    await terminate()
  }
}

async function verifyCircuit(options: Options & { onchain?: boolean }): Promise<void> {
  const settings = await readSettings(options)
  const { loadArtifacts } = await import('../proving/artifacts.ts')
  const { report } = await import('./report.ts')
  const { manifest, directory } = await loadArtifacts(join(settings.artifacts, options.shape))
  const onChain = options.onchain ? await compareWithChain(settings, manifest) : undefined
  const ok = onChain === undefined || Object.values(onChain).every(Boolean)
  report(options, { ok, directory, ...identityOf(manifest), onChain }, () => [
    `✔ every file in ${directory} is as its manifest says, the key has no known weakness`,
    ...describeManifest(manifest),
    ...(onChain === undefined ? ['not compared with a chain (--onchain)'] : describeComparison(onChain)),
  ])
  if (!ok) process.exitCode = 1
}

type Comparison = {
  readonly isRegistered: boolean
  readonly isActive: boolean
  readonly hasSameKey: boolean
  readonly hasSameVerifierCode: boolean
}

async function compareWithChain(settings: Settings, manifest: Manifest): Promise<Comparison> {
  const { keccak256 } = await import('viem')
  const { getCode, readContract } = await import('viem/actions')
  const { verifierRegistryAbi } = await import('../../src/chain/abi.ts')
  const { ContractRevertError, describeFailure } = await import('../../src/chain/executeContract.ts')
  const { openChain } = await import('./openChain.ts')
  const { client, deployment } = await openChain(settings)
  const circuit = await readContract(client, {
    address: deployment.verifierRegistry,
    abi: verifierRegistryAbi,
    functionName: 'circuitOf',
    args: [manifest.circuitId as `0x${string}`],
  }).catch((cause) => {
    const failure = describeFailure('circuitOf', cause)
    if (failure instanceof ContractRevertError && failure.error === 'UnknownCircuit') return undefined
    throw failure
  })
  if (circuit === undefined) {
    return { isRegistered: false, isActive: false, hasSameKey: false, hasSameVerifierCode: false }
  }
  const code = await getCode(client, { address: circuit.verifier })
  return {
    isRegistered: true,
    isActive: !circuit.isRetired,
    hasSameKey: circuit.keyHash === manifest.circuitKeyHash,
    hasSameVerifierCode: code !== undefined && keccak256(code) === circuit.verifierCodehash,
  }
}

function identityOf({ shape, setup, constraints, circuitId, circuitKeyHash }: Manifest) {
  return { shape, setup, constraints, circuitId, circuitKeyHash }
}

function describeManifest({ setup, shape, constraints, circuitId, circuitKeyHash }: Manifest): string[] {
  const warning = setup === 'dev' ? ['DEV keys: anyone can forge proofs; refused on any chain that is not local'] : []
  return [
    `${setup} keys of ${shape}, ${constraints} constraints`,
    `circuit ${circuitId}, key hash ${circuitKeyHash}`,
    ...warning,
  ]
}

function describeComparison({ isRegistered, isActive, hasSameKey, hasSameVerifierCode }: Comparison): string[] {
  if (!isRegistered) return ['✘ the chain has no circuit of this id']
  return [
    `${hasSameKey ? '✔' : '✘'} the chain has registered ${hasSameKey ? 'this' : 'ANOTHER'} key`,
    `${hasSameVerifierCode ? '✔' : '✘'} the verifier's code is ${hasSameVerifierCode ? '' : 'NOT '}what it was then`,
    `${isActive ? '✔ in use' : '✘ retired'}`,
  ]
}
