const SAMPLE_MS = 1000

/** Reads a node's resident memory once a second from its metrics, until it is told to stop. @returns MiB, in order */
export function sampleMemory(metricsUrl: string): () => Promise<number[]> {
  const samples: number[] = []
  const sample = async () => {
    const text = await (await fetch(`${metricsUrl}/metrics`)).text()
    const bytes = text.match(/^process_resident_memory_bytes(?:\{.*\})? (\S+)$/m)?.[1]
    if (bytes !== undefined) samples.push(Number(bytes) / 2 ** 20)
  }
  let pending = sample()
  const timer = setInterval(() => {
    pending = pending.then(sample)
  }, SAMPLE_MS)
  return async () => {
    clearInterval(timer)
    await pending
    return samples
  }
}
