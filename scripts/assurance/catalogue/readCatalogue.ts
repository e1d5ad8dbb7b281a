import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { PoaError } from '../../../src/errors.ts'
import { REPOSITORY_ROOT } from '../../circuits/compileCircuit.ts'

/** The groups of the negative catalogue, in the order in which they are shown: the name of the file, and how its ids begin. */
export const GROUP_PREFIXES = {
  keys: 'KEY',
  proof: 'PROOF',
  publicSignals: 'SIGNAL',
  context: 'CONTEXT',
  witness: 'WITNESS',
  calldata: 'CALLDATA',
  withdrawals: 'EPOCH',
  governance: 'GOVERNANCE',
  service: 'SERVICE',
  crash: 'CRASH',
} as const
export type GroupName = keyof typeof GROUP_PREFIXES
export const GROUP_NAMES = Object.keys(GROUP_PREFIXES) as readonly GroupName[]

/** One attack, the exact error that refuses it, and the tests that show it. */
export type CatalogueEntry = {
  readonly id: string
  readonly attack: string
  /** Codes of PoaError, custom errors with their values, or the constraints that are violated. */
  readonly error: string
  /** `file > describe > test`, as vitest and forge report them, the file relative to the repository. */
  readonly tests: readonly string[]
}

/** One group of the catalogue: what a file of test/catalogue/ holds. */
export type CatalogueGroup = {
  readonly title: string
  /** How many entries there have to be at least. */
  readonly goal: number
  readonly entries: readonly CatalogueEntry[]
}

export type Catalogue = Readonly<Record<GroupName, CatalogueGroup>>

/** Where the catalogue is kept, relative to the repository. */
export const CATALOGUE_DIRECTORY = 'test/catalogue'

/**
 * Reads every group.
 * @throws PoaError CATALOGUE_UNREADABLE or CATALOGUE_MALFORMED, with the file and what is wrong with it
 */
export async function readCatalogue(directory = join(REPOSITORY_ROOT, CATALOGUE_DIRECTORY)): Promise<Catalogue> {
  const groups = await Promise.all(GROUP_NAMES.map(async (name) => [name, await readGroup(directory, name)] as const))
  return Object.fromEntries(groups) as Catalogue
}

/** The part of it that needs nothing but forge, with goals to match. */
export function restingOnContracts(catalogue: Catalogue): Catalogue {
  const groups = GROUP_NAMES.map((name): readonly [GroupName, CatalogueGroup] => {
    const entries = catalogue[name].entries.filter(({ tests }) => tests.every((test) => !test.startsWith('test/')))
    return [name, { ...catalogue[name], goal: entries.length, entries }]
  })
  return Object.fromEntries(groups) as Catalogue
}

async function readGroup(directory: string, name: GroupName): Promise<CatalogueGroup> {
  const path = join(directory, `${name}.json`)
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new PoaError('CATALOGUE_UNREADABLE', `Cannot read ${path}`, { cause })
  })
  try {
    return groupSchema(GROUP_PREFIXES[name]).parse(JSON.parse(text))
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
    throw new PoaError('CATALOGUE_MALFORMED', `${path}: ${reason}`, { cause })
  }
}

function groupSchema(prefix: string) {
  const entry = z.strictObject({
    id: z.string().regex(new RegExp(`^${prefix}-\\d\\d$`)),
    attack: z.string().min(1),
    error: z.string().min(1),
    tests: z.array(z.string().regex(/^(test\/\S+\.test\.ts|verifier-contracts\/test\/\S+\.t\.sol) > ./)).min(1),
  })
  return z.strictObject({ title: z.string().min(1), goal: z.int().positive(), entries: z.array(entry) })
}
