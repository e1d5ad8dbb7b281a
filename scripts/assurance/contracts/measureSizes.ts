import { contractSizes, MAXIMUM_INIT_BYTES, MAXIMUM_RUNTIME_BYTES } from '../../generate/generateSizes.ts'
import type { Figure } from '../Part.ts'

/** The largest contract against what a chain deploys. Each size by itself is compared with the committed one by `npm test`. */
export async function measureSizes(): Promise<readonly Figure[]> {
  const sizes = Object.entries(await contractSizes())
  const largest = (kind: 'runtimeBytes' | 'initBytes') =>
    sizes.map(([name, size]) => ({ name, bytes: size[kind] })).reduce((a, b) => (b.bytes > a.bytes ? b : a))
  const figure = (
    name: string,
    title: string,
    { name: contract, bytes }: { name: string; bytes: number },
    limit: number,
  ): Figure => ({
    name,
    title,
    value: bytes,
    unit: 'bytes',
    gate: { atMost: limit },
    notes: [`${contract}, of ${sizes.length} contracts`],
  })
  return [
    figure('runtimeBytes', 'largest code of a contract', largest('runtimeBytes'), MAXIMUM_RUNTIME_BYTES),
    figure('initBytes', 'largest creation code of a contract', largest('initBytes'), MAXIMUM_INIT_BYTES),
  ]
}
