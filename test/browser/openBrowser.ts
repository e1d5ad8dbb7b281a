import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { findChromium } from '../../scripts/findChromium.ts'

/** Pictures of the pages, to be looked at; not compared with anything. */
const PICTURES = fileURLToPath(new URL('../../build/browser', import.meta.url))

export const DESKTOP = { width: 1280, height: 900 }
export const PHONE = { width: 360, height: 740 }

/** What a page did that it should not have: errors on the console, refusals by its policy among them, exceptions, and requests to other hosts. */
export type Misdeeds = string[]

export type WatchedPage = { readonly page: Page; readonly misdeeds: Misdeeds }

/** @throws Error when there is no browser on this machine */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('no Chromium here: name one by POA_CHROMIUM')
  // Shared memory is small in containers.
  return chromium.launch({ executablePath, args: ['--disable-dev-shm-usage'] })
}

/** A page of its own, in a context of its own, that is watched from its first request on. */
export async function openPage(
  browser: Browser,
  allowedOrigins: readonly string[],
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<WatchedPage & { readonly context: BrowserContext }> {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  const misdeeds: Misdeeds = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') misdeeds.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => misdeeds.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol !== 'data:' && !allowedOrigins.includes(origin)) misdeeds.push(`request to ${request.url()}`)
  })
  return { page, misdeeds, context }
}

/** Goes to a page of the explorer and waits until it shows what it asked for. */
export async function goTo(page: Page, url: string, hash: string): Promise<void> {
  await page.goto(`${url}/${hash}`)
  await settle(page)
}

/** Until nothing is loading any more, and charts are drawn. */
export async function settle(page: Page): Promise<void> {
  await page.locator('main h1').waitFor()
  for (const unfinished of ['.skeleton', '.chart .canvas:not(:has(canvas))'])
    await page.locator(unfinished).first().waitFor({ state: 'detached' })
}

export async function takePicture(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true })
  await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true })
}
