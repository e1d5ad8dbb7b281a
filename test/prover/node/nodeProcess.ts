/**
 * A node in a process of its own that ends itself, as by a power cut, at the step that its parent names. Forked by startNodeProcess.ts, with the
 * path of a settings file and the roles as arguments.
 */
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { loadSettings } from '../../../prover/config/loadSettings.ts'
import { createLogger } from '../../../prover/node/createLogger.ts'
import { ROLES, type Role } from '../../../prover/node/Role.ts'
import { startNode } from '../../../prover/node/startNode.ts'
import type { OnStep, Step } from '../../../prover/steps.ts'
import { PoaError } from '../../../src/errors.ts'

/** What the parent may ask for, at any time. */
export type Order =
  | { readonly kind: 'die-at'; readonly step: Step | undefined }
  | { readonly kind: 'fill-disk'; readonly isFull: boolean }
  | { readonly kind: 'stop' }

/** What the child says. */
export type Word =
  | { readonly kind: 'up'; readonly url: string | undefined; readonly metricsUrl: string | undefined }
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'noted' }

const say = (word: Word) => process.send?.(word)
const [settingsFile, ...names] = process.argv.slice(2)
const roles: readonly Role[] = ROLES.filter((role) => names.includes(role))

let fatalStep: Step | undefined
const onStep: OnStep = async (step) => {
  if (step !== fatalStep) return
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => undefined)
}

let isDiskFull = false
const open = fs.open
fs.open = async (path, flags, ...rest) => {
  if (isDiskFull && String(path).includes('/traces/') && /w|a/.test(String(flags))) {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  }
  return open(path, flags, ...rest)
}
syncBuiltinESMExports()

try {
  const settings = await loadSettings({ file: settingsFile, env: {} })
  const node = await startNode({ settings, roles, logger: createLogger(settings.logLevel), onStep })
  process.on('message', async (order: Order) => {
    if (order.kind === 'die-at') fatalStep = order.step
    if (order.kind === 'fill-disk') isDiskFull = order.isFull
    if (order.kind === 'stop') {
      await node.stop()
      process.disconnect()
      return
    }
    say({ kind: 'noted' })
  })
  say({ kind: 'up', url: node.url, metricsUrl: node.metricsUrl })
} catch (error) {
  say({ kind: 'failed', code: error instanceof PoaError ? error.code : String(error) })
  process.disconnect()
}
