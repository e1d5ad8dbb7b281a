/** Small pseudo-random samples for the tests of the model: a linear congruential generator, no Math.random. */
export function makeSamples(count: number, classes: number, featureCount: number, seed = 1) {
  let state = seed >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const features: number[][] = []
  const labels: number[] = []
  for (let i = 0; i < count; i++) {
    const label = Math.floor(next() * classes)
    const vector = Array.from({ length: featureCount - 1 }, (_unused, j) => {
      const centre = j % classes === label ? 50 : -10
      return Math.max(-127, Math.min(127, Math.round(centre + (next() - 0.5) * 200)))
    })
    features.push([...vector, 127])
    // One label in ten is wrong, so that the classes overlap.
    labels.push(next() < 0.1 ? Math.floor(next() * classes) : label)
  }
  return { features, labels }
}
