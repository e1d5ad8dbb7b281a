import type { SettingName } from '../config/settings.ts'

/** Settings that say which chain; flags of every command that talks to one. */
export const CHAIN_FLAGS = ['rpcUrls', 'chainId', 'escrow'] as const satisfies readonly SettingName[]
/** Settings that say which account signs; flags of every command that signs. */
export const ACCOUNT_FLAGS = ['keystore', 'keystorePassword', 'privateKey'] as const satisfies readonly SettingName[]
