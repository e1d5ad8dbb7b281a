import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Hex } from 'viem'
import type { LineageView } from '../../src/api/views.ts'
import { InvalidInputError, PoaError } from '../../src/errors.ts'
import { SHAPE_NAMES, shapeNamed } from '../../src/shape.ts'
import { readSettings } from '../config/readSettings.ts'
import type { Settings } from '../config/settings.ts'
import { createCommand, createGroup, parseId } from './createCommand.ts'
import { datanetsFolder } from './datanetCommand.ts'
import type { ModelFile } from './modelFile.ts'
import { ACCOUNT_FLAGS, CHAIN_FLAGS } from './settingGroups.ts'

type Options = { readonly config?: string; readonly json?: boolean }
type RegisterOptions = Options & {
  readonly datanet?: readonly string[]
  readonly file?: string
  readonly shape: string
  readonly weightDecay: number
  readonly operator?: string
  readonly out?: string
  readonly upload: boolean
}

export function modelCommand(): Command {
  const register = createCommand('register', {
    description:
      "Train a head on datanets, compute its influence index, register both on chain and hand them to the node; or register a head and an index that exist already (--file). Signed by the model owner's key. The model file that it writes is what an operator answers with.",
    examples: [
      'poa model register --datanet support --operator 0x5FbDB2315678afecb367f032d93F642f64180aa3 --keystore keys/owner.json',
      'poa model register --file model.json --no-upload',
    ],
    settings: [...CHAIN_FLAGS, ...ACCOUNT_FLAGS, 'dataDir', 'artifacts', 'nodeUrl'],
  })
    .option('--datanet <name...>', 'train on the newest version of these')
    .option('--file <file>', 'head, index and contributors instead of training')
    .addOption(new Option('--shape <name>', 'circuit for a trained model').choices(SHAPE_NAMES).default('small'))
    .option('--weight-decay <number>', 'of the training, on the scale of x = h / 127', parsePositive, 0.01)
    .option('--operator <address>', 'who answers payers and signs traces (default: the sender)')
    .option('--out <file>', 'where the model file goes (default: <dataDir>/models/<model id>.json)')
    .option('--no-upload', 'do not hand head and index to the node')
    .action(registerModel)
  const upload = createCommand('upload <file>', {
    description:
      'Hand head and index of a registered model to another node, which can prove nothing without them. The node compares them with what the chain has registered; no key is needed.',
    examples: ['poa model upload .poa/models/1.json --model 1 --node-url http://127.0.0.1:8787'],
    settings: ['nodeUrl'],
  })
    .requiredOption('--model <id>', 'model id', parseId)
    .addOption(new Option('--index-version <n>', 'version of the index').argParser(parseId).default(1n, '1'))
    .action(uploadFile)
  const list = createCommand('list', {
    description: 'List the models that the node knows from the chain.',
    examples: ['poa model list'],
    settings: ['nodeUrl'],
  }).action(listModels)
  const show = createCommand('show', {
    description: 'Show one model: its versions, its indexes, its contributors by slot.',
    examples: ['poa model show 1'],
    settings: ['nodeUrl'],
  })
    .argument('<id>', 'model id', parseId)
    .action(showModel)
  return createGroup(
    'model',
    {
      description: 'Train and register models, look at registered ones.',
      examples: ['poa model register --datanet support'],
    },
    [register, upload, list, show],
  )
}

function parsePositive(text: string): number {
  const value = Number(text)
  if (!/^\d*\.?\d+$/.test(text) || !(value > 0)) throw new InvalidArgumentError('A number above 0 is needed.')
  return value
}

async function registerModel(options: RegisterOptions): Promise<void> {
  const settings = await readSettings(options)
  const { isAddress } = await import('viem')
  const { operator } = options
  if (operator !== undefined && !isAddress(operator)) throw new InvalidInputError('--operator', 'an address', operator)
  const { registerIndex, registerModel } = await import('../../src/chain/registerModel.ts')
  const { openWalletClient } = await import('./openChain.ts')
  const { writeModelFile } = await import('./modelFile.ts')
  const { StageProgress } = await import('../StageProgress.ts')
  const { formatTable } = await import('./formatTable.ts')
  const { report } = await import('./report.ts')
  const progress = new StageProgress({ isQuiet: options.json ?? false })

  const { model, training } = await progress.run('train', options.file === undefined ? 'Train' : 'Read the model', () =>
    obtainModel(settings, options),
  )
  const { wallet, account, deployment } = await openWalletClient(settings)
  const circuitId = await circuitIdOf(settings, model.shape.name)
  const { head, index, shape, contributors } = model
  const { modelId, indexVersion } = await progress.run(
    'register',
    'Register model and index',
    async (reportProgress) => {
      const parameters = { head, shape, circuitId, operator: operator ?? account.address }
      const { modelId } = await registerModel(wallet, deployment, parameters)
      reportProgress(0.5, 'the index')
      return { modelId, ...(await registerIndex(wallet, deployment, { modelId, index, shape, contributors })) }
    },
  )
  const file = resolve(options.out ?? join(settings.dataDir, 'models', `${modelId}.json`))
  await writeModelFile(file, model)
  const upload = options.upload
    ? await progress.run('upload', 'Hand it to the node', () => tryUpload(settings, modelId, indexVersion, model))
    : undefined
  const result = {
    modelId,
    indexVersion,
    circuitId,
    file,
    contributors,
    ...training,
    isUploaded: upload?.isUploaded ?? false,
  }
  report(options, result, () => [
    `model ${modelId}, index version ${indexVersion}, operated by ${operator ?? account.address}`,
    `wrote ${file}`,
    ...(training === undefined
      ? []
      : [`right on ${(100 * training.accuracy).toFixed(1)} % of ${training.samples} training samples`]),
    ...formatTable(
      ['slot', 'contributor'],
      contributors.map((contributor, slot) => [String(slot), contributor]),
    ),
    ...(upload === undefined ? [] : [upload.line]),
  ])
}

type Training = { readonly samples: number; readonly accuracy: number; readonly sources: readonly object[] }

async function obtainModel(
  settings: Settings,
  { datanet = [], file, shape, weightDecay }: RegisterOptions,
): Promise<{ model: ModelFile; training?: Training }> {
  if ((file === undefined) === (datanet.length === 0)) {
    throw new PoaError('MODEL_SOURCE', 'give either --datanet or --file', { hint: 'See --help.' })
  }
  if (file !== undefined) return { model: await (await import('./modelFile.ts')).readModelFile(file) }
  const { openDatanet } = await import('../datanets/openDatanet.ts')
  const { trainModel } = await import('../datanets/trainModel.ts')
  const opened = await Promise.all(datanet.map((name) => openDatanet(datanetsFolder(settings), name)))
  const { samples, accuracy, sources, ...trained } = await trainModel(opened, { shape: shapeNamed(shape), weightDecay })
  const { head, index, contributors } = trained
  return {
    model: {
      shape: trained.shape,
      head: head as ModelFile['head'],
      index: index as ModelFile['index'],
      contributors: [...contributors],
      lineage: {
        datanets: sources.map(({ name, version, contributions }) => ({
          name,
          version,
          contributions: contributions.map(({ contributor, samples, hash }) => ({
            contributor,
            samples,
            sha256: hash,
          })),
        })),
      },
    },
    training: { samples, accuracy, sources: sources.map(({ name, version }) => ({ name, version })) },
  }
}

/** The circuit whose keys are here: the one that a node beside this command can prove. */
async function circuitIdOf({ artifacts }: Settings, shapeName: string): Promise<Hex> {
  const { readManifest } = await import('../proving/artifacts.ts')
  return (await readManifest(join(artifacts, shapeName))).circuitId as Hex
}

/** A node that is away is no failure: the model is registered, and can be handed in later. */
async function tryUpload(
  { nodeUrl }: Settings,
  modelId: bigint,
  indexVersion: bigint,
  model: ModelFile,
): Promise<{ isUploaded: boolean; line: string }> {
  const { storeModel } = await import('../../src/client/storeModel.ts')
  try {
    await storeModel(nodeUrl, { modelId, indexVersion, ...model })
    return { isUploaded: true, line: `handed to the node at ${new URL(nodeUrl).host}` }
  } catch (error) {
    if (!(error instanceof PoaError)) throw error
    return {
      isUploaded: false,
      line: `not handed to a node (${error.code}: ${error.message}): poa model upload --help`,
    }
  }
}

async function uploadFile(file: string, options: Options & { model: bigint; indexVersion: bigint }): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const { readModelFile } = await import('./modelFile.ts')
  const { storeModel } = await import('../../src/client/storeModel.ts')
  const { report } = await import('./report.ts')
  const { model: modelId, indexVersion } = options
  await storeModel(nodeUrl, { modelId, indexVersion, ...(await readModelFile(file)) })
  report(options, { modelId, indexVersion }, () => [`the node has model ${modelId}, index version ${indexVersion}`])
}

async function listModels(options: Options): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const { modelView, pageOf } = await import('../../src/api/views.ts')
  const { requestAll } = await import('./requestAll.ts')
  const { formatTable } = await import('./formatTable.ts')
  const { report } = await import('./report.ts')
  const models = await requestAll(nodeUrl, '/v1/models', pageOf(modelView))
  report(options, { models }, () =>
    formatTable(
      ['model', 'operator', 'versions', 'indexes', 'contributors', 'stored', 'can seal'],
      models.map(({ modelId, operator, versions, indexes, canSeal }) => [
        modelId,
        operator,
        String(versions.length),
        String(indexes.length),
        String(indexes.at(-1)?.contributors.length ?? 0),
        indexes.at(-1)?.isStored ? 'yes' : 'no',
        canSeal ? 'yes' : 'no',
      ]),
    ),
  )
}

async function showModel(modelId: bigint, options: Options): Promise<void> {
  const { nodeUrl } = await readSettings(options)
  const { modelView } = await import('../../src/api/views.ts')
  const { requestNode } = await import('../../src/client/requestNode.ts')
  const { formatTable } = await import('./formatTable.ts')
  const { report } = await import('./report.ts')
  const model = await requestNode(nodeUrl, { path: `/v1/models/${modelId}`, answer: modelView })
  report(options, { model }, () => [
    `model ${model.modelId}: owner ${model.owner}`,
    `operator ${model.operator}; this node ${model.canSeal ? 'may' : 'may NOT'} seal for it`,
    ...formatTable(
      ['version', 'circuit', 'weights commitment'],
      model.versions.map(({ modelVersion, circuitId, weightsCommitment }) => [
        modelVersion,
        circuitId,
        weightsCommitment,
      ]),
    ),
    ...model.indexes.flatMap(({ indexVersion, modelVersion, contributors, isStored, lineage }) => [
      `index ${indexVersion} of version ${modelVersion}, ${isStored ? '' : 'NOT '}stored at this node`,
      ...formatTable(
        ['slot', 'contributor'],
        contributors.map((contributor, slot) => [String(slot), contributor]),
      ),
      ...(lineage === null ? [] : describeLineage(lineage, formatTable)),
    ]),
  ])
}

/** As the node was told: nothing of it is proved. */
function describeLineage(
  { datanets }: LineageView,
  formatTable: (header: string[], rows: string[][]) => string[],
): string[] {
  return [
    'trained, as the node was told, on',
    ...formatTable(
      ['datanet', 'version', 'contributor', 'samples'],
      datanets.flatMap(({ name, version, contributions }) =>
        contributions.map(({ contributor, samples }) => [name, String(version), contributor, String(samples)]),
      ),
    ),
  ]
}
