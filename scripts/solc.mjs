#!/usr/bin/env node
// The Solidity compiler as forge wants it: an executable that answers `--version` and `--standard-json`. forge can only
// download a native solc, which needs the network; this one is the pinned npm package `solc` (solcjs), so a clone
// compiles with nothing but Node. forge reads `solc = "scripts/solc.mjs"` both from the folder it is started in and from
// its root, so `verifier-contracts/scripts/solc.mjs` stands for this file there.
import { readFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const require = createRequire(import.meta.url)

/** Writes all of `text`: stdout may be a pipe, where one write may be short or refuse for a moment. */
function writeAll(text) {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

/**
 * Reads an import that the input does not hold, as a native solc would: from the base path. forge names sources outside
 * its root (../node_modules) in two ways, and solc then asks for the other one.
 */
function readImport(basePath) {
  return (path) => {
    try {
      return { contents: readFileSync(resolve(basePath, path), 'utf8') }
    } catch (error) {
      return { error: error.message }
    }
  }
}

const args = process.argv.slice(2)
if (args.includes('--version')) {
  // Of the package, because to load the compiler itself takes a third of a second and forge asks each time that it starts.
  writeAll(`solc, the solidity compiler commandline interface\nVersion: ${require('solc/package.json').version}\n`)
} else if (args.includes('--standard-json')) {
  const basePath = args.includes('--base-path') ? args[args.indexOf('--base-path') + 1] : process.cwd()
  writeAll(require('solc').compile(readFileSync(0, 'utf8'), { import: readImport(basePath) }))
} else {
  process.stderr.write(`solc shim: expected --version or --standard-json, got ${JSON.stringify(args)}\n`)
  process.exitCode = 1
}
// solcjs leaves handlers behind that would keep the process alive; everything is written by now.
process.exit()
