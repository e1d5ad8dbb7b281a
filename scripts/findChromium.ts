import { existsSync } from 'node:fs'

/** Where Chromium and Chrome usually are. */
const USUAL_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** @returns the browser that `POA_CHROMIUM` names, or one at a usual place; undefined when there is none */
export function findChromium(): string | undefined {
  const named = process.env.POA_CHROMIUM
  return named === undefined ? USUAL_PATHS.find((path) => existsSync(path)) : named
}
