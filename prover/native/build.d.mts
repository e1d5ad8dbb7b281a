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

/** Flags of each build of the engine besides those that all have. */
export const BUILDS: Readonly<Partial<Record<'ifma' | 'mulx' | 'plain', readonly string[]>>>

/** What compiling needs. */
export interface Tools {
  compiler: { command: string; version: string }
  headers: string
  sources: string
}

/** Finds a compiler and Node's headers, or says what is missing of them. */
export function findTools(): (Tools & { missing?: undefined }) | { missing: string }

/**
 * Compiles one addon where it is missing or out of date. Never throws for what the compiler says.
 * @param addon.source below prover/native/src
 * @param directory must exist; default: build/native
 */
export function compile<Name extends string>(
  addon: { name: Name; source: string; flags: readonly string[] },
  tools: Tools,
  directory?: string,
): Promise<Omit<EngineBuild, 'name'> & { name: Name }>

/** sha256 over the engine's sources, in hex. */
export function hashSources(): string
