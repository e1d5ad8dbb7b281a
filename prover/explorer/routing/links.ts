/** Addresses of the pages, in one place. */
export const links = {
  overview: '#/',
  traces: '#/traces',
  trace: (traceId: string) => `#/traces/${traceId}`,
  batches: '#/batches',
  batch: (batchId: string) => `#/batches/${batchId}`,
  models: '#/models',
  model: (modelId: string) => `#/models/${modelId}`,
  contributors: '#/contributors',
  contributor: (account: string) => `#/contributors/${account}`,
  contributorEpoch: (account: string, modelId: string, epochId: string) =>
    `#/contributors/${account}/epochs/${modelId}/${epochId}`,
  attribution: '#/attribution',
  epochs: '#/epochs',
  epoch: (modelId: string, epochId: string) => `#/epochs/${modelId}/${epochId}`,
  provers: '#/provers',
  contracts: '#/contracts',
  health: '#/health',
} as const
