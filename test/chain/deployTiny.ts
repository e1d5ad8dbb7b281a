import { type Address, type Hex, keccak256, parseEther, toBytes } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Artifacts } from '../../prover/proving/artifacts.ts'
import { terminate } from '../../prover/proving/snarkjs.ts'
import { buildContracts } from '../../scripts/buildContracts.ts'
import { connect } from '../../scripts/demo/connect.ts'
import { DEFAULT_SHARES, deployContracts, deployVerifier } from '../../scripts/deployContracts.ts'
import { ensureDevKeysOfShape } from '../../scripts/keys/ensureDevKeys.ts'
import { randomBatch, seededRandom } from '../../scripts/randomBatch.ts'
import { type LocalChain, OPEN_SUPPLY_WEI, startLocalChain } from '../../scripts/startLocalChain.ts'
import type { Deployment } from '../../src/chain/Deployment.ts'
import type { ChainClient } from '../../src/chain/executeContract.ts'
import { registerCircuit } from '../../src/chain/registerCircuit.ts'
import { registerIndex, registerModel } from '../../src/chain/registerModel.ts'
import { type Shape, shapeNamed } from '../../src/shape.ts'
import type { TraceBatch } from '../../src/statement/buildStatement.ts'

export const tiny = shapeNamed('tiny')
/** Seconds. */
export const EPOCH_LENGTH = 3600
export const SEAL_WINDOW = 600
export const SETTLE_WINDOW = 1200

export const account = (role: string) => privateKeyToAccount(keccak256(toBytes(`chain test: ${role}`)))
const ROLES = ['governance', 'modelOwner', 'operator', 'payer', 'prover', 'stranger'] as const
type Role = (typeof ROLES)[number]

const contributorsOf = ({ contributors }: Shape): readonly Address[] =>
  Array.from({ length: contributors }, (_, slot) => account(`contributor ${slot}`).address)
/** Who gets paid: they start with nothing. */
export const contributors = contributorsOf(tiny)
export const treasury = account('treasury').address
export const stakers = account('stakers').address

export type ShapeDeployment = {
  readonly chain: LocalChain
  readonly clients: Readonly<Record<Role, ChainClient>>
  readonly deployment: Deployment
  readonly artifacts: Artifacts
  readonly verifier: Address
  readonly circuitId: Hex
  readonly modelId: bigint
  readonly indexVersion: bigint
  readonly contributors: readonly Address[]
  /** The registered head and index, with a trace for each slot to draw from. */
  readonly batch: TraceBatch
}

/** Everybody gets 1,000 OPEN but the payer, who holds the rest of the supply. */
export function genesisBalances(): Map<Address, bigint> {
  const balances = new Map(ROLES.map((role) => [account(role).address, parseEther('1000')]))
  return balances.set(account('payer').address, OPEN_SUPPLY_WEI - parseEther('1000') * BigInt(ROLES.length - 1))
}

export type TinyDeployment = ShapeDeployment

/** A chain of its own with everything registered for one model on the shape `tiny`. */
export const deployTiny = (): Promise<TinyDeployment> => deployShape(tiny)

/** The same on any shape. Makes its keys if need be. */
export async function deployShape(shape: Shape): Promise<ShapeDeployment> {
  const { artifacts } = await ensureDevKeysOfShape(shape.name)
  await terminate()
  await buildContracts()
  const chain = await startLocalChain(genesisBalances())
  const clients = Object.fromEntries(ROLES.map((role) => [role, connect(chain, account(role))])) as Record<
    Role,
    ChainClient
  >
  const windows = { epochLength: EPOCH_LENGTH, sealWindow: SEAL_WINDOW, settleWindow: SETTLE_WINDOW }
  const deployment = await deployContracts(clients.governance, { ...DEFAULT_SHARES, ...windows, treasury, stakers })
  const { address: verifier } = await deployVerifier(clients.governance, shape.name)
  const circuit = { verificationKey: artifacts.verificationKey, verifier, shape }
  const { circuitId } = await registerCircuit(clients.governance, deployment, circuit)
  // Weights as small as trained ones, so that every competitor has a part in the gradient.
  const random = seededRandom(21)
  const batch = randomBatch(shape, random, { traces: shape.traces, weight: () => random.integer(-40, 40) })
  const { modelId } = await registerModel(clients.modelOwner, deployment, {
    head: batch.head,
    shape,
    circuitId,
    operator: clients.operator.account.address,
  })
  const contributors = contributorsOf(shape)
  const { indexVersion } = await registerIndex(clients.modelOwner, deployment, {
    modelId,
    index: batch.index,
    shape,
    contributors,
  })
  return { chain, clients, deployment, artifacts, verifier, circuitId, modelId, indexVersion, contributors, batch }
}
