import type { Deployment } from '../../src/chain/Deployment.ts'
import type { LocalChain } from '../startLocalChain.ts'
import type { DemoModel } from './buildDemoModel.ts'
import type { DemoAccounts } from './demoAccounts.ts'
import type { GasLedger } from './GasLedger.ts'

/** Where everything after the deployment takes place. */
export type DemoSetting = {
  readonly chain: LocalChain
  readonly accounts: DemoAccounts
  readonly model: DemoModel
  readonly gas: GasLedger
  readonly deployment: Deployment
  readonly modelId: bigint
}
