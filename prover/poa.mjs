#!/usr/bin/env node
// The command line is TypeScript; this lets Node run it as it is.
const { register } = await import('tsx/esm/api').catch(() => {
  console.error('The dependencies are not installed: run `npm install` first.')
  process.exit(1)
})

register()
await import('./commands/main.ts')
