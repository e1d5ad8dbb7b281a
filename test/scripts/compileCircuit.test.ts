import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compileCircuit, REPOSITORY_ROOT } from '../../scripts/circuits/compileCircuit.ts'

const directory = join(REPOSITORY_ROOT, 'build', 'test', 'compileCircuit')
const main = { template: 'range/UnsignedRange', parameters: [4] }

test('default: compiles once; a swapped file is not taken for the result', async () => {
  await rm(directory, { recursive: true, force: true })
  const compiled = await compileCircuit(main, directory)
  expect(compiled.constraints).toBeGreaterThan(0)
  const path = join(directory, 'circuit.r1cs')
  const original = await readFile(path)

  // The cache is used: a mark in a file that nobody hashes survives.
  await writeFile(join(directory, 'circuit.circom'), '// mark')
  expect(await compileCircuit(main, directory)).toEqual(compiled)
  expect(await readFile(join(directory, 'circuit.circom'), 'utf8')).toBe('// mark')

  const swapped = Buffer.from(original)
  swapped[swapped.length - 40]! ^= 1
  await writeFile(path, swapped)
  expect(await compileCircuit(main, directory)).toEqual(compiled)
  expect(await readFile(path)).toEqual(original)
})

test('behavior: forced, it compiles although the result is there', async () => {
  await writeFile(join(directory, 'circuit.circom'), '// mark')
  await compileCircuit(main, directory, { force: true })
  expect(await readFile(join(directory, 'circuit.circom'), 'utf8')).not.toBe('// mark')
})

test('error: an output directory outside the repository', async () => {
  await expect(compileCircuit(main, '/tmp/elsewhere')).rejects.toMatchObject({ code: 'CIRCUIT_COMPILATION_FAILED' })
})
