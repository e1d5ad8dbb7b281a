#!/usr/bin/env node
// The command line is TypeScript; this lets Node run it as it is.
import { register } from 'tsx/esm/api'

register()
await import('./commands/main.ts')
