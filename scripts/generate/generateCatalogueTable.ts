import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PoaError } from '../../src/errors.ts'
import { CATALOGUE_DIRECTORY, GROUP_NAMES, readCatalogue } from '../assurance/catalogue/readCatalogue.ts'
import { REPOSITORY_ROOT } from '../circuits/compileCircuit.ts'
import type { GeneratedFile } from './GeneratedFile.ts'

const README_PATH = join(dirname(CATALOGUE_DIRECTORY), 'README.md')

/**
 * The README of test/ with the table that counts the negative catalogue: group, goal, entries, where their tests are.
 * @throws PoaError README_MARKERS_MISSING, or CATALOGUE_... when the catalogue cannot be read
 */
export async function generateCatalogueTable(): Promise<GeneratedFile> {
  const readme = await readFile(join(REPOSITORY_ROOT, README_PATH), 'utf8')
  const table = await printTable()
  const content = readme.replace(/(<!-- catalogue -->\n)[\s\S]*(<!-- \/catalogue -->)/, (_all, start, end) => {
    return `${start}${table}${end}`
  })
  if (!content.includes(table))
    throw new PoaError('README_MARKERS_MISSING', `${README_PATH} has no place for the table of the catalogue`)
  return { path: README_PATH, content }
}

async function printTable(): Promise<string> {
  const catalogue = await readCatalogue()
  const rows = GROUP_NAMES.map((name) => {
    const { title, goal, entries } = catalogue[name]
    const folders = new Set(entries.flatMap(({ tests }) => tests.map((test) => dirname(test.split(' > ')[0]!))))
    const where = [...folders].sort().map((folder) => `\`${folder.replace(/^(verifier-contracts\/)?test\//, '')}\``)
    return { row: `| [${title}](catalogue/${name}.json)`, goal, count: entries.length, where: where.join(', ') }
  })
  const sum = (of: 'goal' | 'count') => rows.reduce((total, row) => total + row[of], 0)
  return [
    '| attacks | goal | entries | their tests, here or in `verifier-contracts/test` |',
    '|---|---:|---:|---|',
    ...rows.map(({ row, goal, count, where }) => `${row} | ${goal} | ${count} | ${where} |`),
    `| **all** | **${sum('goal')}** | **${sum('count')}** | |`,
    '',
  ].join('\n')
}
