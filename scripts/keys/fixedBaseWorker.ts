import { parentPort, workerData } from 'node:worker_threads'

/**
 * One thread of the fixed-base multiplication: scalar * generator for a list of scalars that all threads share. The
 * curve arithmetic is ffjavascript's WebAssembly, called point by point on this thread's own memory: its task queue
 * would copy every operand twice, which costs more than the additions do.
 */

export type GroupName = 'g1' | 'g2'

export type WorkerSetup = {
  /** Tells these threads from others that may load this file, such as a test runner's. */
  readonly role: typeof WORKER_ROLE
  readonly module: WebAssembly.Module
  /** Addresses of the generators, affine and in Montgomery form, in a fresh memory of the module. */
  readonly generators: Readonly<Record<GroupName, number>>
}

export type MultiplyTask = {
  readonly id: number
  readonly group: GroupName
  /** Little endian, 32 bytes a scalar, below the group order. Shared memory. */
  readonly scalars: Uint8Array
  /** Affine Montgomery points, little endian; infinity is all zero bytes. Shared memory. */
  readonly points: Uint8Array
  /** Index of the next chunk that nobody has taken. Shared memory. */
  readonly nextChunk: Int32Array
}

export type WorkerReport = { readonly id: number; readonly multiplied: number; readonly done: boolean }

export const WORKER_ROLE = 'poa/fixed-base'
export const SCALAR_BYTES = 32
export const POINT_BYTES = { g1: 64, g2: 128 } as const
const CHUNK = 512
const WASM_PAGE = 65536

/**
 * Bits of a window, chosen by measurement for about 2^16 scalars. Digits are signed, so a table holds 2^(bits-1) points a
 * window: 12 bits need 22 additions a point and 2.9 MB of G1 table, which is about what a second-level cache holds.
 */
const WINDOW_BITS = { g1: 12, g2: 11 } as const

type PointOperation = (left: number, right: number, result: number) => void
type UnaryOperation = (point: number, result: number) => void
type Group = {
  readonly addMixed: PointOperation
  readonly subMixed: PointOperation
  readonly setZero: (point: number) => void
  readonly batchToAffine: (points: number, count: number, result: number) => void
  readonly affineBytes: number
  readonly jacobianBytes: number
  readonly windowBits: number
  readonly windows: number
  /** Address of the table: entry (w, d), d >= 1, is d * 2^(w * windowBits) * generator, affine. */
  readonly table: number
  /** Room for CHUNK points. */
  readonly scratch: number
}

function startWorker(setup: WorkerSetup): void {
  const memory = new WebAssembly.Memory({ initial: 25 })
  const exports = new WebAssembly.Instance(setup.module, { env: { memory } }).exports
  const groups: Partial<Record<GroupName, Group>> = {}
  // The module keeps the address of its free memory in its first word; its own batch operations allocate from there.
  let free = new Uint32Array(memory.buffer)[0]!

  /** Reserves memory for good, and keeps a spare that is enough for the scratch space of one batch operation. */
  function allocate(bytes: number, spare: number): number {
    const address = (free + 7) & ~7
    free = address + bytes
    const missing = free + spare - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE))
    new Uint32Array(memory.buffer)[0] = free
    return address
  }

  function buildGroup(name: GroupName): Group {
    const call = <Operation>(operation: string) => exports[`${name}m_${operation}`] as Operation
    const affineBytes = POINT_BYTES[name]
    const jacobianBytes = (affineBytes / 2) * 3
    const windowBits = WINDOW_BITS[name]
    // One bit more than a scalar has, because the last signed digit may carry.
    const windows = Math.ceil(255 / windowBits)
    const entries = 1 << (windowBits - 1)
    const batch = Math.max(entries, CHUNK)
    // batchToAffine allocates the inverses and the running products of its batch: one field element each.
    const table = allocate(windows * entries * affineBytes, 0)
    const scratch = allocate(batch * jacobianBytes, (2 * batch + 1) * (affineBytes / 2))
    const base = allocate(affineBytes, (2 * batch + 1) * (affineBytes / 2))

    const addMixed = call<PointOperation>('addMixed')
    const double = call<UnaryOperation>('double')
    const toAffine = call<UnaryOperation>('toAffine')
    const setZero = call<(point: number) => void>('zero')
    const batchToAffine = call<Group['batchToAffine']>('batchToAffine')
    new Uint8Array(memory.buffer).copyWithin(base, setup.generators[name], setup.generators[name] + affineBytes)
    for (let window = 0; window < windows; window++) {
      const last = scratch + (entries - 1) * jacobianBytes
      setZero(scratch)
      addMixed(scratch, base, scratch)
      for (let at = scratch; at < last; at += jacobianBytes) addMixed(at, base, at + jacobianBytes)
      batchToAffine(scratch, entries, table + window * entries * affineBytes)
      // The last entry is 2^(windowBits - 1) times the base of this window: doubled, it is the base of the next.
      double(last, last)
      toAffine(last, base)
    }
    const subMixed = call<PointOperation>('subMixed')
    return {
      addMixed,
      subMixed,
      setZero,
      batchToAffine,
      affineBytes,
      jacobianBytes,
      windowBits,
      windows,
      table,
      scratch,
    }
  }

  function multiplyChunk(group: Group, scalars: Uint8Array, points: Uint8Array, first: number, count: number): void {
    const { addMixed, subMixed, setZero, affineBytes, jacobianBytes, windowBits, windows, table, scratch } = group
    const half = 1 << (windowBits - 1)
    const mask = (1 << windowBits) - 1
    const windowBytes = half * affineBytes
    // Three bytes more than a scalar, so that the last windows read zeros and not the next scalar.
    const scalar = new Uint8Array(SCALAR_BYTES + 3)
    for (let i = 0; i < count; i++) {
      const sum = scratch + i * jacobianBytes
      setZero(sum)
      scalar.set(scalars.subarray((first + i) * SCALAR_BYTES, (first + i + 1) * SCALAR_BYTES))
      let carry = 0
      for (let window = 0, bit = 0; window < windows; window++, bit += windowBits) {
        const byte = bit >> 3
        const word = (scalar[byte] ?? 0) | ((scalar[byte + 1] ?? 0) << 8) | ((scalar[byte + 2] ?? 0) << 16)
        const digit = ((word >> (bit & 7)) & mask) + carry
        const entry = table + window * windowBytes - affineBytes
        if (digit > half) {
          carry = 1
          const negated = 2 * half - digit
          if (negated > 0) subMixed(sum, entry + negated * affineBytes, sum)
        } else {
          carry = 0
          if (digit > 0) addMixed(sum, entry + digit * affineBytes, sum)
        }
      }
    }
    group.batchToAffine(scratch, count, scratch)
    points.set(new Uint8Array(memory.buffer, scratch, count * affineBytes), first * affineBytes)
  }

  parentPort!.on('message', (task: MultiplyTask) => {
    groups[task.group] ??= buildGroup(task.group)
    const group = groups[task.group]!
    const total = task.scalars.length / SCALAR_BYTES
    const report = (multiplied: number, done: boolean) =>
      parentPort!.postMessage({ id: task.id, multiplied, done } satisfies WorkerReport)
    for (;;) {
      const first = Atomics.add(task.nextChunk, 0, 1) * CHUNK
      if (first >= total) break
      const count = Math.min(CHUNK, total - first)
      multiplyChunk(group, task.scalars, task.points, first, count)
      report(count, false)
    }
    report(0, true)
  })
}

if (workerData?.role === WORKER_ROLE) startWorker(workerData as WorkerSetup)
