import { tmpdir } from 'node:os'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  checkChain,
  checkDatabase,
  checkDisk,
  checkFunds,
  checkKeys,
  checkProver,
} from '../../../prover/server/readinessChecks.ts'
import type { Circuits } from '../../../prover/worker/openCircuits.ts'
import fixture from '../../../verifier-contracts/test/fixtures/tiny-settlement.json' with { type: 'json' }
import { answerEmpty, CHAIN_ID, type MirrorSetting, openMirrorSetting, operator } from '../intake/openMirrorSetting.ts'

let setting: MirrorSetting
beforeAll(async () => {
  setting = await openMirrorSetting()
})
beforeEach(() => setting.reset())
afterAll(() => setting.close())

const DEV_KEY = { get: () => ({ artifacts: { verificationKey: fixture.verificationKey } }) } as unknown as Circuits

test('default: all is well', async () => {
  const { db, chain } = setting
  expect(await checkDatabase(db).check()).toBe('pglite')
  expect(await checkChain(chain, db).check()).toBe('chain 31337, 0 blocks behind')
  expect(await checkKeys(DEV_KEY, chain, db).check()).toBe('keys of 1 circuit')
  expect(await checkFunds(chain, operator.address, 10n ** 18n).check()).toBe('1 OPEN')
  expect(await checkProver({ name: 'native', build: 'ifma', threads: 2 }).check()).toBe('native (ifma, 2 threads)')
  const fallback = { name: 'snarkjs', reason: 'the native prover is not built' } as const
  expect(await checkProver(fallback).check()).toBe('snarkjs: the native prover is not built')
  expect(await checkDisk(tmpdir()).check()).toMatch(/^\d+ MiB free$/)
})

test('error: the index is far behind', async () => {
  setting.answerWith((method) => (method === 'eth_blockNumber' ? '0x100' : answerEmpty(method)))
  await expect(checkChain(setting.chain, setting.db).check()).rejects.toMatchObject({ code: 'MIRROR_BEHIND' })
})

test('error: no keys of a circuit that a stored model needs, or DEV keys on a public chain', async () => {
  const none = { get: () => undefined }
  await expect(checkKeys(none, { chainId: CHAIN_ID }, setting.db).check()).rejects.toMatchObject({
    code: 'KEYS_MISSING',
  })
  await expect(checkKeys(DEV_KEY, { chainId: 1 }, setting.db).check()).rejects.toMatchObject({
    code: 'DEV_KEYS_ON_PUBLIC_CHAIN',
  })
})

test('error: too little for gas', async () => {
  const check = checkFunds(setting.chain, operator.address, 10n ** 18n + 1n).check()
  await expect(check).rejects.toMatchObject({ code: 'BALANCE_LOW' })
})

test('error: a disk that is not there', async () => {
  await expect(checkDisk('/nowhere/at/all').check()).rejects.toMatchObject({ code: 'ENOENT' })
})
