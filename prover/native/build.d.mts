export interface EngineBuild {
  name: 'ifma' | 'mulx' | 'plain' | 'cpuFeatures'
  path: string
  state: 'built' | 'current' | 'failed'
  seconds: number
  /** What the compiler said. */
  message?: string
}

/**
 * Compiles what is not up to date. `missing` says what kept everything from being built.
 * @param options.all every build; else the fastest that this machine runs
 */
export function buildEngines(options?: {
  all?: boolean
}): Promise<{ compiler?: string; missing?: string; builds: EngineBuild[] }>

/** Whether a build is what the compiler wrote. */
export function isWhole(path: string): boolean

/** sha256 over the engine's sources, in hex. */
export function hashSources(): string
