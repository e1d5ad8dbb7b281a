import { expect, test, vi } from 'vitest'
import { openGeneratorMultiplier } from '../../scripts/keys/GeneratorMultiplier.ts'
import { fieldBytes } from '../../scripts/keys/writeZkey.ts'
import { PoaError } from '../../src/errors.ts'

// A machine without a compiler.
vi.mock('../../prover/proving/native/loadEngine.ts', () => ({
  loadEngine: () => {
    throw new PoaError('NATIVE_NOT_BUILT', 'it does not exist')
  },
}))

test('default: WebAssembly takes the place of a native engine that is not there', async () => {
  const multiplier = await openGeneratorMultiplier(1)
  try {
    expect(multiplier.engine).toBe('webassembly')
    const [zero, one] = await Promise.all([0n, 1n].map((scalar) => multiplier.multiply('g1', fieldBytes(scalar))))
    expect(zero).toEqual(new Uint8Array(64))
    expect(one).not.toEqual(zero)
  } finally {
    await multiplier.terminate()
  }
})

test('error: a build that was asked for and is not there', async () => {
  await expect(openGeneratorMultiplier(1, 'plain')).rejects.toMatchObject({ code: 'NATIVE_NOT_BUILT' })
})
