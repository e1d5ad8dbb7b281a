import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS, createProgram } from '../../../prover/commands/createProgram.ts'
import { EXIT_CODES, exitCodeOf } from '../../../prover/reportAndExit.ts'
import { REPOSITORY_ROOT } from '../../../scripts/circuits/compileCircuit.ts'
import { onlyJson, runPoa } from './runPoa.ts'

type Leaf = { readonly path: string; readonly command: Command }

let leaves: readonly Leaf[]
let groups: readonly Leaf[]
beforeAll(async () => {
  const program = await createProgram(Object.keys(COMMANDS))
  const walk = (command: Command, path: readonly string[]): Leaf[] => [
    { path: path.join(' '), command },
    ...command.commands.flatMap((inner) => walk(inner, [...path, inner.name()])),
  ]
  const all = program.commands.flatMap((command) => walk(command, [command.name()]))
  leaves = all.filter(({ command }) => command.commands.length === 0)
  groups = all.filter(({ command }) => command.commands.length > 0)
})

/** What `--help` prints, examples included. */
function helpOf(command: Command): string {
  const texts: string[] = []
  command.configureOutput({ writeOut: (text) => void texts.push(text) })
  command.outputHelp()
  return texts.join('')
}

/** Whether a command line names a command that exists, with options that it has. */
function requireSound(line: string): void {
  const [, , ...words] = line.replace(/\\\n/g, ' ').split(/\s+/)
  const { path, command } = [...leaves, ...groups]
    .filter(({ path }) => `${words.join(' ')} `.startsWith(`${path} `))
    .sort((a, b) => b.path.length - a.path.length)[0] ?? { path: undefined, command: undefined }
  expect(path, line).toBeDefined()
  const known = command!.options.flatMap(({ long, negate }) => (negate ? [`--no-${long!.slice(5)}`, long] : [long]))
  for (const flag of words.filter((word) => word.startsWith('--') && word !== '--help')) {
    expect(known, `${line}: ${flag}`).toContain(flag)
  }
}

describe('every command', () => {
  test('default: is there, under the name that the program shows', async () => {
    for (const [name, { load }] of Object.entries(COMMANDS)) expect((await load()).name()).toBe(name)
    const expected = [
      'init doctor config node serve worker submit index',
      'trace-sign trace-submit trace-status trace-list trace-cancel proof-make proof-get proof-verify',
      'batch-list batch-show batch-retry model-register model-upload model-list model-show',
      'datanet-create datanet-contribute datanet-list inference-pay inference-refund epoch-status epoch-close',
      'earnings-show earnings-withdraw keys-new keys-show operator-approve-sealer circuits-build circuits-verify',
      'explain db-migrate db-export db-import db-backup',
    ].flatMap((names) => names.split(' '))
    const paths = leaves.map(({ path }) => path.replace(' ', '-'))
    expect(paths).toEqual(expect.arrayContaining(expected))
  })

  test('default: has --json, a description and an example, and its examples name only what exists', () => {
    for (const { path, command } of leaves) {
      expect(
        command.options.map(({ long }) => long),
        path,
      ).toContain('--json')
      expect(command.description(), path).toMatch(/^[A-Z].*\.$/s)
    }
    for (const { path, command } of [...leaves, ...groups]) {
      const examples = helpOf(command).split(/\nExamples?:\n/)[1]
      const lines = (examples ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
      expect(lines.length, path).toBeGreaterThan(0)
      for (const line of lines) {
        expect(line, path).toMatch(new RegExp(`^npx poa ${path}( |$)`))
        requireSound(line)
      }
    }
  })

  test('default: the README files name only commands and options that exist', async () => {
    for (const file of ['README.md', 'prover/README.md', 'prover/commands/README.md']) {
      const text = await readFile(join(REPOSITORY_ROOT, file), 'utf8')
      const blocks = text.split('```').filter((_, i) => i % 2 === 1)
      const commands = blocks.join('\n').match(/npx poa (?:[^\n\\]|\\\n)+/g) ?? []
      expect(commands.length, file).toBeGreaterThan(0)
      for (const command of commands) requireSound(command.split(/\s[|#)]/)[0]!.trim())
    }
  })
})

describe('poa', () => {
  test('default: --help lists every command and every exit code, and nothing on stderr', async () => {
    const { exitCode, stdout, stderr } = await runPoa(tmpdir(), ['--help'])
    expect([exitCode, stderr]).toEqual([0, ''])
    for (const name of Object.keys(COMMANDS)) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
    for (const { code, meaning } of Object.values(EXIT_CODES)) expect(stdout).toContain(`  ${code}  ${meaning}`)
  })

  test('behavior: a group without a command shows what it has, as wrong usage', async () => {
    const { exitCode, stdout, stderr } = await runPoa(tmpdir(), ['trace'])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Hand signed traces to the node')
  })

  test('error: an unknown command, with the nearest one', async () => {
    const run = await runPoa(tmpdir(), ['trase', '--json'])
    expect([run.exitCode, onlyJson(run).code]).toEqual([2, 'USAGE'])
    expect(run.stderr).toContain('Did you mean trace?')
  })

  test('error: a setting that is wrong is wrong usage, whatever the command', async () => {
    const run = await runPoa(tmpdir(), ['config', '--json'], { POA_PROT: '1' })
    expect([run.exitCode, onlyJson(run).code, onlyJson(run).hint]).toEqual([
      2,
      'SETTING_UNKNOWN',
      'Did you mean POA_PORT?',
    ])
  })
})

test('EXIT_CODES: default: the README says the same', async () => {
  const readme = await readFile(join(REPOSITORY_ROOT, 'prover/commands/README.md'), 'utf8')
  for (const { code, meaning } of Object.values(EXIT_CODES)) expect(readme).toContain(`| ${code} | ${meaning} |`)
})

test('exitCodeOf: default: every kind of failure has its own', () => {
  const codes = ['CONTRACT_REVERTED', 'USAGE', 'SETTING_MISSING', 'RPC_UNREACHABLE', 'TRACE_WAIT_TIMED_OUT']
  expect(codes.map(exitCodeOf)).toEqual([1, 2, 2, 3, 4])
})
