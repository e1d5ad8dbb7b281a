import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatanet, listDatanets, openDatanet } from '../../../prover/datanets/openDatanet.ts'
import { parseSamples, writeSamples } from '../../../prover/datanets/parseSamples.ts'

const SHAPE = { features: 3, classes: 2 }
const ALICE = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const BOB = '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512'
const line = (features: unknown, label: unknown) => JSON.stringify({ features, label })
const GOOD = [line([1, -127, 127], 0), line([0, 5, 127], 1)].join('\n')

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'poa-datanets-'))
})
afterAll(() => rm(root, { recursive: true }))

describe('parseSamples', () => {
  test('default: one sample a line, with or without a line feed at the end', () => {
    const samples = [
      { features: [1, -127, 127], label: 0 },
      { features: [0, 5, 127], label: 1 },
    ]
    expect(parseSamples(GOOD, SHAPE)).toEqual(samples)
    expect(parseSamples(`${GOOD}\n`, SHAPE)).toEqual(samples)
    expect(parseSamples(writeSamples(samples), SHAPE)).toEqual(samples)
  })

  test.each([
    ['', 'there is no sample'],
    [`${GOOD}\n{`, 'line 3 is not JSON'],
    [`${GOOD}\n\n${GOOD}`, 'line 3 is not JSON'],
    [`${GOOD}\n[]`, 'line 3 must be {"features": [...], "label": n} and nothing else'],
    [`{"features":[1,2,127],"label":0,"name":1}`, 'line 1 must be {"features": [...], "label": n} and nothing else'],
    [line([1, 2, 3, 127], 0), 'line 1: features must be 3 integers, got 4'],
    [line([1, 128, 127], 0), 'line 1: features[1] must be an integer in -127 .. 127, got 128'],
    [line([1, 0.5, 127], 0), 'line 1: features[1] must be an integer in -127 .. 127, got 0.5'],
    [line(['1', 2, 127], 0), 'line 1: features[0] must be an integer in -127 .. 127, got "1"'],
    [line([1, 2, 126], 0), 'line 1: features must be 3 integers, the last one the bias 127, got 3'],
    [line([1, 2, 127], 2), 'line 1: label must be a label in 0 .. 1, got 2'],
    [line([1, 2, 127], '1'), 'line 1: label must be a label in 0 .. 1, got "1"'],
    [`{"features":[1,2,127]}`, 'line 1: label must be a label in 0 .. 1, got undefined'],
  ])('error: %s', (text, message) => {
    expect(() => parseSamples(text, SHAPE)).toThrow(expect.objectContaining({ code: 'SAMPLES_INVALID', message }))
  })
})

describe('openDatanet', () => {
  test('default: every contribution makes a version, and earlier versions stay as they were', async () => {
    const datanet = await createDatanet(root, 'versions', SHAPE)
    expect(await datanet.latest()).toEqual({ version: 0, contributions: [] })
    const first = await datanet.contribute(ALICE, GOOD)
    const second = await datanet.contribute(BOB, line([9, 9, 127], 1))
    expect([first.version, second.version]).toEqual([1, 2])
    expect(second.contributions.map(({ contributor, samples }) => [contributor, samples])).toEqual([
      [ALICE, 2],
      [BOB, 1],
    ])
    expect((await datanet.versionOf(1)).contributions).toEqual(first.contributions)
    const reopened = await openDatanet(root, 'versions')
    expect([reopened.features, reopened.classes, (await reopened.latest()).version]).toEqual([3, 2, 2])
    expect(await reopened.readSamples(second.contributions[1]!)).toEqual([{ features: [9, 9, 127], label: 1 }])
  })

  test('behavior: the same samples by the same contributor change nothing, however they are written', async () => {
    const datanet = await createDatanet(root, 'again', SHAPE)
    await datanet.contribute(ALICE, GOOD)
    const spaced = GOOD.replaceAll(',', ', ')
    expect(await datanet.contribute(ALICE.toLowerCase() as typeof ALICE, `${spaced}\n`)).toMatchObject({
      version: 1,
      isNew: false,
    })
    // Somebody else's copy is a contribution of its own; its worth is for the influence index to say.
    expect(await datanet.contribute(BOB, GOOD)).toMatchObject({ version: 2, isNew: true })
    expect(await readdir(join(root, 'again', 'contributions'))).toHaveLength(1)
  })

  test('behavior: contributions at the same time are all kept', async () => {
    await createDatanet(root, 'together', SHAPE)
    const labels = Array.from({ length: 8 }, (_, i) => i)
    await Promise.all(
      labels.map(async (i) => (await openDatanet(root, 'together')).contribute(ALICE, line([i, 0, 127], i % 2))),
    )
    const { version, contributions } = await (await openDatanet(root, 'together')).latest()
    expect([version, new Set(contributions.map(({ hash }) => hash)).size]).toEqual([8, 8])
  })

  test('error: a contribution that is not valid leaves nothing behind', async () => {
    const datanet = await createDatanet(root, 'clean', SHAPE)
    await expect(datanet.contribute(ALICE, `${GOOD}\n{}`)).rejects.toMatchObject({ code: 'SAMPLES_INVALID' })
    expect(await readdir(join(root, 'clean', 'contributions'))).toEqual([])
    expect((await datanet.latest()).version).toBe(0)
  })

  test('error: samples that were changed afterwards', async () => {
    const datanet = await createDatanet(root, 'changed', SHAPE)
    const { contributions } = await datanet.contribute(ALICE, GOOD)
    const path = join(root, 'changed', 'contributions', `${contributions[0]!.hash}.jsonl`)
    await writeFile(path, writeSamples([{ features: [2, -127, 127], label: 0 }]))
    await expect(datanet.readSamples(contributions[0]!)).rejects.toMatchObject({ code: 'CONTRIBUTION_CHANGED' })
  })

  test('error: a datanet that exists, is unknown, has no such version, or is called like a path', async () => {
    await createDatanet(root, 'once', SHAPE)
    await expect(createDatanet(root, 'once', SHAPE)).rejects.toMatchObject({ code: 'DATANET_EXISTS' })
    await expect(openDatanet(root, 'nowhere')).rejects.toMatchObject({ code: 'DATANET_UNKNOWN' })
    await expect((await openDatanet(root, 'once')).versionOf(1)).rejects.toMatchObject({
      code: 'DATANET_VERSION_UNKNOWN',
    })
    for (const name of ['..', 'a/b', '', 'Upper', '-x']) {
      await expect(createDatanet(root, name, SHAPE)).rejects.toMatchObject({ code: 'INVALID_INPUT', field: 'name' })
    }
    await expect(createDatanet(root, 'one-class', { features: 3, classes: 1 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  test('listDatanets: default: names in order, and none where there is no folder', async () => {
    expect(await listDatanets(join(root, 'absent'))).toEqual([])
    const names = await listDatanets(root)
    expect(names).toEqual(names.toSorted())
    expect(names).toContain('versions')
  })
})
