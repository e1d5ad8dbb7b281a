// Runs a TypeScript entry point on a machine that has nothing but Node and npm: node scripts/start.mjs FILE.ts [ARG ...]
// Plain JavaScript without dependencies, because it runs before there are any.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 11)) {
  console.error(`Node 20.11 or newer is needed, this is ${process.versions.node}`)
  process.exit(1)
}

if (!isInstalled()) {
  console.error('Installing the dependencies (once, a minute or two) ...')
  // What npm prints goes to stderr: stdout belongs to the command that follows. Not `npm ci`: it refuses a lockfile that lacks the binaries
  // of other platforms, and a registry mirror may not have them all. --no-save leaves the lockfile as it is.
  const installed = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (installed.status !== 0) {
    console.error('npm install failed; see above')
    process.exit(1)
  }
}

const [entry, ...args] = process.argv.slice(2)
const { status, signal } = spawnSync(process.execPath, ['--import', 'tsx', join(root, entry), ...args], {
  cwd: root,
  stdio: 'inherit',
})
if (signal) process.kill(process.pid, signal)
process.exit(status ?? 1)

/** Whether node_modules holds what the lockfile says; npm keeps its own record of what it installed. */
function isInstalled() {
  const recordPath = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(recordPath)) return false
  const record = JSON.parse(readFileSync(recordPath, 'utf8')).packages
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(lock).every(
    ([path, entry]) => path === '' || entry.optional || record[path]?.version === entry.version,
  )
}
