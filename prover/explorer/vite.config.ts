import { fileURLToPath } from 'node:url'
import type { InlineConfig, Plugin } from 'vite'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** Where the build goes unless told otherwise. */
export const EXPLORER_DIRECTORY = fileURLToPath(new URL('../../build/explorer', import.meta.url))

export type ExplorerBuildOptions = {
  /** The node whose API the pages show, for files that some other web server hands out; by default the server that they come from. */
  readonly nodeUrl?: string | undefined
  readonly outDir?: string | undefined
}

/**
 * How Vite builds the explorer: static files under relative names, which may lie in any folder of any web server.
 * @returns what Vite's `build` and `createServer` take; no configuration file is read besides
 */
export function explorerBuild({ nodeUrl, outDir = EXPLORER_DIRECTORY }: ExplorerBuildOptions = {}): InlineConfig {
  return {
    configFile: false,
    root: HERE,
    base: './',
    publicDir: false,
    plugins: [nameNode(nodeUrl)],
    // Whoever builds gets the same files: Vite would let NODE_ENV decide, which tests have otherwise.
    define: { 'process.env.NODE_ENV': '"production"' },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // Every asset is a file: the policy allows no data: but for images, and this has one.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // ECharts and snarkjs with its curve come as chunks of their own, loaded when wanted.
      chunkSizeWarningLimit: 800,
      rolldownOptions: {
        treeshake: {
          // Verification wants the statement without its hashes: without this, what it imports would bring Poseidon, which computes as it loads.
          moduleSideEffects: (id) =>
            !/\/src\/|\/circomlibjs\/|\/ffjavascript\/(?!build\/browser)/.test(id) || /\.css$/.test(id),
        },
      },
    },
    // For work on the explorer: `npx vite prover/explorer`, beside a node.
    server: { proxy: { '/v1': 'http://127.0.0.1:8787', '/readyz': 'http://127.0.0.1:8787' } },
  }
}

/** Writes the node's URL, and a policy that allows requests to nobody else, into the page. A node that serves the page sends its own policy as a header. */
function nameNode(nodeUrl: string | undefined): Plugin {
  return {
    name: 'poa-node',
    apply: 'build',
    transformIndexHtml(html) {
      if (nodeUrl === undefined) return html
      const { href, origin } = new URL(nodeUrl)
      const policy = [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data:",
        `connect-src ${origin}`,
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; ')
      return html
        .replace('<meta name="poa-node" content="" />', () => `<meta name="poa-node" content="${href}" />`)
        .replace(
          '<meta charset="utf-8" />',
          (tag) => `${tag}\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`,
        )
    },
  }
}

export default explorerBuild()
