/** `npm run build:explorer`: the explorer for any web server, showing one node. */
import { resolve } from 'node:path'
import { Command } from 'commander'
import { reportAndExit } from '../prover/reportAndExit.ts'
import { StageProgress } from '../prover/StageProgress.ts'
import { InvalidInputError } from '../src/errors.ts'
import { buildExplorer } from './buildExplorer.ts'

const program = new Command('npm run build:explorer --')
  .description(
    "Builds the explorer as static files for any web server. The node has to name that server's origin in its setting corsOrigins. For the explorer that a node serves itself: npm run build.",
  )
  .requiredOption('--api <url>', 'node that the pages show')
  .requiredOption('--out <directory>', 'where the files go: a new directory, or that of an earlier build')
  .option('--json', 'print the result as JSON')
  .addHelpText(
    'after',
    '\nExample:\n  npm run build:explorer -- --api https://node.example --out build/explorer-hosted',
  )
  .action(async ({ api, out, json = false }: { api: string; out: string; json?: boolean }) => {
    if (!URL.canParse(api) || !/^https?:$/.test(new URL(api).protocol))
      throw new InvalidInputError('--api', 'an http or https URL', api)
    const progress = new StageProgress({ isQuiet: json })
    const { directory } = await progress.run('explorer', 'Explorer', () =>
      buildExplorer({ nodeUrl: api, outDir: resolve(out) }),
    )
    console.log(json ? JSON.stringify({ ok: true, directory }) : `wrote ${directory}`)
  })

await reportAndExit(program)
