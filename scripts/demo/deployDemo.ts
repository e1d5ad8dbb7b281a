import type { Artifacts } from '../../prover/proving/artifacts.ts'
import { registerCircuit } from '../../src/chain/registerCircuit.ts'
import { registerIndex, registerModel } from '../../src/chain/registerModel.ts'
import { requireKeyForChain } from '../../src/proof/verificationKey.ts'
import { DEFAULT_SHARES, deployContracts, deployVerifier } from '../deployContracts.ts'
import { connect } from './connect.ts'
import type { DemoSetting } from './DemoSetting.ts'

/** One hour. */
export const EPOCH_SECONDS = 3600

/** Deploys the contracts, registers the circuit, the model and its index. */
export async function deployDemo(
  { chain, accounts, model, gas }: Omit<DemoSetting, 'deployment' | 'modelId'>,
  artifacts: Artifacts,
): Promise<DemoSetting> {
  const { shape, head, index, corpus } = model
  requireKeyForChain(artifacts.verificationKey, chain.chain.id)
  const governance = connect(chain, accounts.governance)
  const policy = {
    ...DEFAULT_SHARES,
    treasury: accounts.treasury.address,
    stakers: accounts.stakers.address,
    epochLength: EPOCH_SECONDS,
    sealWindow: EPOCH_SECONDS,
    settleWindow: EPOCH_SECONDS,
  }
  const deployment = gas.note('deployContracts', await deployContracts(governance, policy))
  const verifier = gas.note('deployVerifier', await deployVerifier(governance, shape.name))
  const circuit = { verificationKey: artifacts.verificationKey, verifier: verifier.address, shape }
  const { circuitId } = gas.note('registerCircuit', await registerCircuit(governance, deployment, circuit))

  const owner = connect(chain, accounts.modelOwner)
  const version = { head, shape, circuitId, operator: accounts.operator.address }
  const { modelId } = gas.note('registerModel', await registerModel(owner, deployment, version))
  const contributors = corpus.contributors.map((_, slot) => accounts.contributors[slot]!.address)
  gas.note('registerIndex', await registerIndex(owner, deployment, { modelId, index, shape, contributors }))
  return { chain, accounts, model, gas, deployment, modelId }
}
