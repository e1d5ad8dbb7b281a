import { signal } from '@preact/signals'

/** What the address bar says behind `#/`: `contributors/0x…?after=7`. */
export type Route = { readonly segments: readonly string[]; readonly query: URLSearchParams }

export const route = signal<Route>(readRoute())

addEventListener('hashchange', () => {
  route.value = readRoute()
})

function readRoute(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  return { segments: path.split('/').filter((segment) => segment !== ''), query: new URLSearchParams(query) }
}
