import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { PoaError } from '../../src/errors.ts'
import { readSettings } from '../config/readSettings.ts'
import type { Settings } from '../config/settings.ts'
import { createCommand, createGroup, parseCount } from './createCommand.ts'

type Options = { readonly config?: string; readonly json?: boolean }

export function datanetCommand(): Command {
  const create = createCommand('create <name>', {
    description: 'Make an empty datanet: a versioned collection of labelled samples, kept in dataDir.',
    examples: ['poa datanet create support --features 32 --classes 4'],
    settings: ['dataDir'],
  })
    .requiredOption('--features <n>', 'features of each sample, the bias 127 at the end included', parseCount)
    .requiredOption('--classes <n>', 'how many labels there are', parseCount)
    .action(createDatanet)
  const contribute = createCommand('contribute <name> <files...>', {
    description:
      'Add samples to a datanet, as a new version a file. A file holds one JSON object a line, {"features": [...], "label": n}; it is checked to the last line before anything changes. The contributor is who gets paid: --contributor, or a file named after its address.',
    examples: [
      'poa datanet contribute support samples.jsonl --contributor 0x5FbDB2315678afecb367f032d93F642f64180aa3',
      'poa datanet contribute support build/devnet/contributions/0x*.jsonl',
    ],
    settings: ['dataDir'],
  })
    .option('--contributor <address>', 'payout address of the contributor')
    .action(contributeFiles)
  const list = createCommand('list [name]', {
    description: 'List the datanets, or the contributions of one.',
    examples: ['poa datanet list', 'poa datanet list support --version 3'],
    settings: ['dataDir'],
  })
    .option('--version <n>', 'of this version of the datanet (default: the newest)', parseCount)
    .action(listDatanets)
  return createGroup(
    'datanet',
    {
      description: 'Collect training data by contributor.',
      examples: ['poa datanet create support --features 32 --classes 4'],
    },
    [create, contribute, list],
  )
}

export const datanetsFolder = ({ dataDir }: Settings) => join(dataDir, 'datanets')

async function createDatanet(name: string, options: Options & { features: number; classes: number }): Promise<void> {
  const settings = await readSettings(options)
  const { features, classes } = options
  const { createDatanet } = await import('../datanets/openDatanet.ts')
  const { report } = await import('./report.ts')
  await createDatanet(datanetsFolder(settings), name, { features, classes })
  report(options, { name, features, classes }, () => [`made ${name}: ${features} features, ${classes} classes`])
}

async function contributeFiles(
  name: string,
  files: readonly string[],
  options: Options & { contributor?: string },
): Promise<void> {
  const settings = await readSettings(options)
  const { openDatanet } = await import('../datanets/openDatanet.ts')
  const { report } = await import('./report.ts')
  const { formatTable } = await import('./formatTable.ts')
  const datanet = await openDatanet(datanetsFolder(settings), name)
  const read = await Promise.all(files.map((file) => readContribution(file, options.contributor, datanet)))
  const contributions: { contributor: string; samples: number; version: number; isNew: boolean }[] = []
  for (const { contributor, text, samples } of read) {
    const { version, isNew } = await datanet.contribute(contributor, text)
    contributions.push({ contributor, samples, version, isNew })
  }
  report(options, { name, contributions }, () =>
    formatTable(
      ['contributor', 'samples', 'version', ''],
      contributions.map(({ contributor, samples, version, isNew }) => [
        contributor,
        String(samples),
        String(version),
        isNew ? '' : 'known already',
      ]),
    ),
  )
}

/** Reads and checks a file before any is contributed. */
async function readContribution(
  file: string,
  contributor: string | undefined,
  shape: { readonly features: number; readonly classes: number },
) {
  const { getAddress, isAddress } = await import('viem')
  const { parseSamples } = await import('../datanets/parseSamples.ts')
  const account = contributor ?? basename(file, '.jsonl')
  if (!isAddress(account)) {
    throw new PoaError('CONTRIBUTOR_UNKNOWN', `who contributes ${file}? ${account} is no address`, {
      hint: 'Give --contributor <address>, or name the file after the address.',
    })
  }
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new PoaError('FILE_UNREADABLE', `cannot read ${file}: ${(cause as Error).message}`, { cause })
  })
  try {
    return { contributor: getAddress(account), text, samples: parseSamples(text, shape).length }
  } catch (cause) {
    throw cause instanceof PoaError ? new PoaError(cause.code, `${file}: ${cause.message}`, { cause }) : cause
  }
}

async function listDatanets(name: string | undefined, options: Options & { version?: number }): Promise<void> {
  const root = datanetsFolder(await readSettings(options))
  const { listDatanets, openDatanet } = await import('../datanets/openDatanet.ts')
  const { report } = await import('./report.ts')
  const { formatTable } = await import('./formatTable.ts')
  if (name !== undefined) {
    const datanet = await openDatanet(root, name)
    const { version, contributions } =
      options.version === undefined ? await datanet.latest() : await datanet.versionOf(options.version)
    const { features, classes } = datanet
    return report(options, { name, version, features, classes, contributions }, () => [
      `${name}, version ${version}: ${features} features, ${classes} classes`,
      ...formatTable(
        ['contributor', 'samples', 'sha256'],
        contributions.map(({ contributor, samples, hash }) => [contributor, String(samples), `${hash.slice(0, 16)}…`]),
      ),
    ])
  }
  const datanets = await Promise.all(
    (await listDatanets(root)).map(async (each) => {
      const datanet = await openDatanet(root, each)
      const { version, contributions } = await datanet.latest()
      return {
        name: each,
        version,
        features: datanet.features,
        classes: datanet.classes,
        contributors: new Set(contributions.map(({ contributor }) => contributor)).size,
        samples: contributions.reduce((sum, { samples }) => sum + samples, 0),
      }
    }),
  )
  report(options, { datanets }, () =>
    formatTable(
      ['datanet', 'version', 'features', 'classes', 'contributors', 'samples'],
      datanets.map((each) => [
        each.name,
        ...[each.version, each.features, each.classes, each.contributors, each.samples].map(String),
      ]),
    ),
  )
}
