/**
 * Generated sources that are committed: `npm run generate` writes them, `npm run generate -- --check` compares them.
 *
 * - src/chain/abi.ts: what the contracts look like from TypeScript
 * - verifier-contracts/src/generated/*Verifier.sol: one verifier for each shape, from its DEV keys
 * - circuits/constraints.json: what each shape and each of its parts costs
 * - verifier-contracts/test/fixtures/tiny-settlement.json: a settlement with a real proof, for the forge tests
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import type { Abi } from 'viem'
import { loadArtifacts } from '../prover/artifacts.ts'
import { proveBatch } from '../prover/proveBatch.ts'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { StageProgress } from '../prover/StageProgress.ts'
import { exportSolidityVerifier, terminate } from '../prover/snarkjs.ts'
import { openSnarkjsBackend } from '../prover/snarkjsBackend.ts'
import { toEvmProof } from '../src/proof/evmProof.ts'
import { parseProof, verifyProof } from '../src/proof/verifyProof.ts'
import { SHAPE_NAMES, type Shape, shapeNamed, widthsOf } from '../src/shape.ts'
import { buildStatement, listPublicSignals, type TraceBatch } from '../src/statement/buildStatement.ts'
import { claimOf, settlementClaimToJson } from '../src/statement/settlementClaim.ts'
import { toJson } from '../src/statement/traceBatchSchema.ts'
import { buildContracts } from './buildContracts.ts'
import {
  compileCircuit,
  compileShape,
  type MainComponent,
  REPOSITORY_ROOT,
  shapeDirectory,
} from './circuits/compileCircuit.ts'
import { fixtureBatch } from './fixtureBatch.ts'
import { ensureDevKeysOfShape } from './keys/ensureDevKeys.ts'
import { verifierFile } from './verifierFile.ts'

/** The contracts that TypeScript talks to. */
const CONTRACTS = ['PolicyRegistry', 'VerifierRegistry', 'ModelRegistry', 'EpochLedger', 'InferenceEscrow'] as const

const FIXTURE_PATH = 'verifier-contracts/test/fixtures/tiny-settlement.json'

type GeneratedFile = { readonly path: string; readonly content: string }

async function generateVerifiers(): Promise<GeneratedFile[]> {
  const files: GeneratedFile[] = []
  for (const name of SHAPE_NAMES) {
    const { zkeyPath } = await loadArtifacts(shapeDirectory(name))
    files.push({
      path: `verifier-contracts/src/generated/${verifierFile(name)}`,
      content: await exportSolidityVerifier(zkeyPath),
    })
  }
  return files
}

/** The parts of one shape, each alone: where its constraints go. */
function partsOf({ traces: b, contributors: k, classes: c, features: h }: Shape): MainComponent[] {
  const { logitBits, totalBits } = widthsOf({ name: '', traces: b, contributors: k, classes: c, features: h })
  const shape = [b, k, c, h]
  return [
    { template: 'commitments/WeightsCommitment', parameters: shape },
    { template: 'commitments/IndexCommitment', parameters: shape },
    { template: 'commitments/InputCommitment', parameters: shape },
    { template: 'commitments/OutputCommitment', parameters: shape },
    { template: 'trace/TraceSlot', parameters: shape },
    { template: 'trace/MarginGradient', parameters: [c, logitBits] },
    { template: 'trace/ScoreTotal', parameters: [k, totalBits] },
    { template: 'trace/PoolRate', parameters: [totalBits] },
    { template: 'batch/RandomCombination', parameters: [k, h] },
    { template: 'batch/ProductCheck', parameters: [k, c, h] },
    { template: 'batch/PolynomialEvaluation', parameters: [3 * b + k] },
  ]
}

async function generateConstraintCounts(): Promise<GeneratedFile> {
  const shapes: Record<string, object> = {}
  for (const name of SHAPE_NAMES) {
    const { constraints, wires } = await compileShape(name)
    shapes[name] = { constraints, wires }
  }
  const parts: Record<string, number> = {}
  for (const part of partsOf(shapeNamed('small'))) {
    const directory = join(REPOSITORY_ROOT, 'build', 'parts', part.template.replaceAll('/', '-'))
    const { constraints } = await compileCircuit(part, directory)
    parts[`${part.template.split('/').at(-1)}(${part.parameters.join(', ')})`] = constraints
  }
  const content = { generatedBy: 'npm run generate', shapes, partsOfSmall: parts }
  return { path: 'circuits/constraints.json', content: `${JSON.stringify(content, null, 2)}\n` }
}

async function generateAbis(): Promise<GeneratedFile> {
  const abis = await Promise.all(
    CONTRACTS.map(async (contract) => {
      const path = join(REPOSITORY_ROOT, 'verifier-contracts', 'out', `${contract}.sol`, `${contract}.json`)
      return [contract, (JSON.parse(await readFile(path, 'utf8')) as { abi: Abi }).abi] as const
    }),
  )
  const lines = ['// Generated from verifier-contracts/ by `npm run generate`; do not edit.\n']
  for (const [contract, abi] of abis) {
    const name = `${contract[0]!.toLowerCase()}${contract.slice(1)}Abi`
    lines.push(`export const ${name} = ${JSON.stringify(abi, null, 2)} as const\n`)
  }
  // An error may come from a contract further down the call, so decoding needs all of them.
  const errors = new Map(
    abis.flatMap(([, abi]) => abi.filter(({ type }) => type === 'error').map((item) => [JSON.stringify(item), item])),
  )
  lines.push(
    `/** Every custom error of every contract. */\nexport const errorAbi = ${JSON.stringify([...errors.values()], null, 2)} as const\n`,
  )
  return { path: 'src/chain/abi.ts', content: lines.join('\n') }
}

/** A proof is random, so it is kept for as long as it proves what the fixture must say. */
async function generateFixture(): Promise<GeneratedFile> {
  const artifacts = await loadArtifacts(shapeDirectory('tiny'))
  const { batch, feesWei } = fixtureBatch(artifacts.manifest.circuitKeyHash as `0x${string}`)
  const statement = buildStatement(batch)
  const claim = claimOf(batch.shape, batch.context, statement)
  const proof = (await findFixtureProof(statement, artifacts.verificationKey)) ?? (await proveFixture(batch, artifacts))
  const content = {
    generatedBy: 'npm run generate',
    feesWei,
    claim: settlementClaimToJson(claim),
    encodedEarnings: statement.x.slice(-batch.shape.contributors),
    publicSignals: listPublicSignals(statement.publicSignals),
    verificationKey: artifacts.verificationKey,
    proof,
    evmProof: toEvmProof(proof),
  }
  return { path: FIXTURE_PATH, content: `${toJson(content, 2)}\n` }
}

async function findFixtureProof(
  statement: ReturnType<typeof buildStatement>,
  verificationKey: Parameters<typeof verifyProof>[0]['verificationKey'],
) {
  const text = await readFile(join(REPOSITORY_ROOT, FIXTURE_PATH), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const proof = parseProof((JSON.parse(text) as { proof: unknown }).proof)
  return verifyProof({ verificationKey, publicSignals: listPublicSignals(statement.publicSignals), proof })
    ? proof
    : undefined
}

async function proveFixture(batch: TraceBatch, artifacts: Awaited<ReturnType<typeof loadArtifacts>>) {
  const backend = openSnarkjsBackend(artifacts)
  try {
    return (await proveBatch(batch, artifacts, backend)).proof
  } finally {
    await backend.close()
  }
}

async function write({ path, content }: GeneratedFile): Promise<void> {
  await mkdir(dirname(join(REPOSITORY_ROOT, path)), { recursive: true })
  await writeFile(join(REPOSITORY_ROOT, path), content)
}

async function differs({ path, content }: GeneratedFile): Promise<boolean> {
  return (await readFile(join(REPOSITORY_ROOT, path), 'utf8').catch(() => undefined)) !== content
}

const program = new Command('npm run generate --')
  .description('Writes the generated sources that are committed: ABIs, verifiers, constraint counts, proof fixture.')
  .option('--check', 'compare instead of write; exit 1 when a file is stale')
  .option('--json', 'print the result as JSON')
  .addHelpText('after', '\nExample:\n  npm run generate -- --check')
  .action(async ({ check = false, json = false }: { check?: boolean; json?: boolean }) => {
    const progress = new StageProgress({ isQuiet: json })
    for (const name of SHAPE_NAMES) {
      await progress.run('keys', `Circuit and DEV keys: ${name}`, (onProgress) =>
        ensureDevKeysOfShape(name, { onProgress }),
      )
    }
    const stale: string[] = []
    const generated: string[] = []
    const emit = async (file: GeneratedFile) => {
      if (await differs(file)) stale.push(file.path)
      generated.push(file.path)
      if (!check) await write(file)
    }
    // In this order: forge compiles the verifiers, the ABIs come from forge, and the fixture needs nothing of either.
    for (const file of await progress.run('verifiers', 'Verifier contracts', generateVerifiers)) await emit(file)
    await emit(await progress.run('constraints', 'Constraint counts', generateConstraintCounts))
    await progress.run('contracts', 'Compile the contracts', buildContracts)
    await emit(await progress.run('abi', 'ABIs', generateAbis))
    await emit(await progress.run('fixture', 'Proof fixture', generateFixture))
    await terminate()
    if (json)
      console.log(JSON.stringify({ ok: !check || stale.length === 0, generated, [check ? 'stale' : 'changed']: stale }))
    else if (stale.length > 0) console.log(`${check ? 'stale' : 'changed'}: ${stale.join(', ')}`)
    if (check && stale.length > 0) {
      if (!json) console.error('Run `npm run generate` and commit the result.')
      process.exitCode = 1
    }
  })

await reportAndExit(program)
