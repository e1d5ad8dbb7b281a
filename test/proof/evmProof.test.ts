import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportSolidityVerifier, terminate } from '../../prover/proving/snarkjs.ts'
import { COORDINATE_FIELD_ORDER } from '../../src/proof/curvePoints.ts'
import { fromEvmProof, toEvmProof, toEvmVerificationKey } from '../../src/proof/evmProof.ts'
import { G1_INFINITY } from './pointJson.ts'
import { type ProvenCube, proveCube } from './provenCube.ts'

let proven: ProvenCube
beforeAll(async () => {
  proven = await proveCube('evmProof')
})
afterAll(terminate)

test('default: there and back', () => {
  const { proof } = proven
  const evm = toEvmProof(proof)
  expect(evm.a).toEqual(proof.pi_a.slice(0, 2).map(BigInt))
  expect(evm.b[0]).toEqual(proof.pi_b[0].map(BigInt).toReversed())
  expect(fromEvmProof(evm)).toEqual(proof)
})

test('behavior: G2 is in the order of the generated Solidity verifier', async () => {
  const source = await exportSolidityVerifier(proven.zkeyPath, proven.verificationKey)
  const constant = (name: string) => BigInt(source.match(new RegExp(`constant ${name} += (\\d+);`))![1]!)
  expect(toEvmVerificationKey(proven.verificationKey).beta).toEqual([
    [constant('betax1'), constant('betax2')],
    [constant('betay1'), constant('betay2')],
  ])
})

test('error: infinity and coordinates out of range', () => {
  const { proof } = proven
  expect(() => toEvmProof({ ...proof, pi_c: G1_INFINITY })).toThrow('proof.pi_c must be a point other than infinity')
  const evm = toEvmProof(proof)
  expect(() => fromEvmProof({ ...evm, a: [evm.a[0] + COORDINATE_FIELD_ORDER, evm.a[1]] })).toThrow(
    'a[0] must be in 0 .. q-1',
  )
  expect(() => fromEvmProof({ ...evm, b: [evm.b[0], [-1n, 0n]] })).toThrow('b[1][0] must be in 0 .. q-1, got -1')
})
