/**
 * Writes the generated sources that are committed, or with --check compares them: contract ABIs for TypeScript, verifier contracts from
 * the DEV keys, constraint counts, and the proof that the forge tests settle with.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { REPOSITORY_ROOT } from './circuits/compileCircuit.ts'
