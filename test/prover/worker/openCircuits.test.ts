import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Artifacts } from '../../../prover/proving/artifacts.ts'
import { terminate } from '../../../prover/proving/snarkjs.ts'
import { openCircuits } from '../../../prover/worker/openCircuits.ts'
import { ensureDevKeysOfShape } from '../../../scripts/keys/ensureDevKeys.ts'

let tiny: Artifacts
let root: string
beforeAll(async () => {
  tiny = (await ensureDevKeysOfShape('tiny')).artifacts
  await terminate()
})
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'poa-circuits-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Backends that only know whether they were opened and closed. */
function countedBackends() {
  const opened: Artifacts[] = []
  const closed: Artifacts[] = []
  const backendOf = (artifacts: Artifacts) => {
    opened.push(artifacts)
    const unused = () => Promise.reject(new Error('unused'))
    return { prepare: unused, prove: unused, close: async () => void closed.push(artifacts) }
  }
  return { opened, closed, backendOf }
}

test('default: a circuit by the hash of its key, from a folder of circuits', async () => {
  await cp(tiny.directory, join(root, 'tiny'), { recursive: true })
  await mkdir(join(root, 'no-circuit'))
  await writeFile(join(root, 'a-file'), '')
  const { opened, closed, backendOf } = countedBackends()
  const circuits = await openCircuits([root], {}, backendOf)
  const { circuitKeyHash } = tiny.manifest
  expect(circuits.list().map(({ manifest }) => manifest)).toEqual([tiny.manifest])
  expect(circuits.get(circuitKeyHash as '0x')?.artifacts.directory).toBe(join(root, 'tiny'))
  expect(circuits.get(`0x${'0'.repeat(64)}`)).toBeUndefined()
  await circuits.close()
  expect(closed).toEqual(opened)
  expect(opened).toHaveLength(1)
})

test('behavior: the folder of one circuit; the same circuit twice is opened once', async () => {
  await cp(tiny.directory, join(root, 'tiny'), { recursive: true })
  const { opened, backendOf } = countedBackends()
  const circuits = await openCircuits([tiny.directory, root], {}, backendOf)
  expect(circuits.list().map(({ directory }) => directory)).toEqual([tiny.directory])
  expect(opened).toHaveLength(1)
})

test('behavior: no folder, no circuit', async () => {
  expect((await openCircuits([])).list()).toEqual([])
})

test('error: a folder without circuits, or none at all', async () => {
  const missing = { name: 'PoaError', code: 'CIRCUITS_MISSING' }
  await expect(openCircuits([root])).rejects.toMatchObject(missing)
  await expect(openCircuits([join(root, 'nowhere')])).rejects.toMatchObject(missing)
})

test('error: a circuit whose files were changed', async () => {
  await cp(tiny.directory, join(root, 'tiny'), { recursive: true })
  await writeFile(join(root, 'tiny', 'circuit.sym'), 'other')
  await expect(openCircuits([root])).rejects.toMatchObject({ code: 'ARTIFACT_CHANGED' })
})
