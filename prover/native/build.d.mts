export interface EngineBuild {
  name: 'plain' | 'mulx' | 'ifma'
  path: string
  state: 'built' | 'current' | 'failed'
  seconds: number
  /** What the compiler said. */
  message?: string
}

/** Compiles what is not up to date. `missing` says what kept everything from being built. */
export function buildEngines(): { compiler?: string; missing?: string; builds: EngineBuild[] }
