/** Stands in for prover/proving/native/loadEngine.ts while the native tests run with sanitizers (vitest.config.ts). */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { EngineBuildName, NativeEngine } from '../../prover/proving/native/loadEngine.ts'

export type * from '../../prover/proving/native/loadEngine.ts'

const require = createRequire(import.meta.url)
const DIRECTORY = process.env.POA_SANITIZED_DIRECTORY!
export const ENGINE_BUILDS = process.env.POA_SANITIZED_BUILDS!.split(',') as EngineBuildName[]

export const enginePath = (build: EngineBuildName): string => join(DIRECTORY, `${build}.node`)
export const runnableBuilds = (): readonly EngineBuildName[] => ENGINE_BUILDS
export const loadEngine = (build: EngineBuildName = ENGINE_BUILDS[0]!): NativeEngine => require(enginePath(build))
