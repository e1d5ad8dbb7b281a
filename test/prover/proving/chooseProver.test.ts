import { availableParallelism } from 'node:os'
import { beforeEach, expect, test, vi } from 'vitest'
import { chooseProver, describeProver } from '../../../prover/proving/chooseProver.ts'
import { loadEngine, type NativeEngine } from '../../../prover/proving/native/loadEngine.ts'
import { PoaError } from '../../../src/errors.ts'

vi.mock('../../../prover/proving/native/loadEngine.ts', () => ({ loadEngine: vi.fn() }))
const engine = vi.mocked(loadEngine)
beforeEach(() => void engine.mockReset().mockReturnValue({ instructionSet: 'mulx' } as NativeEngine))

const notBuilt = () => {
  throw new PoaError('NATIVE_NOT_BUILT', 'the native prover is not built', { hint: 'Run: npm run build' })
}

test('default: the native prover where it runs, on every core', () => {
  const prover = chooseProver()
  expect(prover).toEqual({ name: 'native', build: 'mulx', threads: availableParallelism() })
  expect(chooseProver('native', 3)).toEqual({ name: 'native', build: 'mulx', threads: 3 })
  expect(describeProver(chooseProver('auto', 3))).toBe('native (mulx, 3 threads)')
  expect(describeProver(chooseProver('auto', 1))).toBe('native (mulx, 1 thread)')
})

test('behavior: snarkjs where it does not, and why', () => {
  engine.mockImplementation(notBuilt)
  expect(describeProver(chooseProver())).toBe('snarkjs: the native prover is not built (Run: npm run build)')
})

test('behavior: snarkjs by choice loads no engine', () => {
  expect(describeProver(chooseProver('snarkjs'))).toBe('snarkjs: chosen by the settings')
  expect(engine).not.toHaveBeenCalled()
})

test('error: the native prover is asked for and not there; a fault of our own is not taken for that', () => {
  engine.mockImplementation(notBuilt)
  expect(() => chooseProver('native')).toThrow(expect.objectContaining({ code: 'NATIVE_NOT_BUILT' }))
  engine.mockImplementation(() => {
    throw new TypeError('a fault')
  })
  expect(() => chooseProver()).toThrow(TypeError)
})
