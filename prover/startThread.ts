import { Worker } from 'node:worker_threads'

/** Starts a worker thread that runs a TypeScript file: Node 20 starts none from a .ts file, even when tsx is among its --import. */
export function startThread(file: URL, workerData?: unknown): Worker {
  const bootstrap = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
  register()
  return import(${JSON.stringify(file.href)})
})`
  return new Worker(bootstrap, { eval: true, workerData })
}
