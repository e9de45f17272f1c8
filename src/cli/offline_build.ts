/** What a build adds so that the page can be installed and opens without a network. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

/** Where names of other files may be written. */
const NAMING = /\.(html|css|m?js|webmanifest)$/
/** Files that are named by a part of their path, put together when they are asked for. */
const UNNAMED = /^models\//
const PAGE = 'index.html'

/**
 * The files that a page may ask for: itself, what it names, what that names in turn. Names that a build gives are unlike any other text.
 * @param files paths inside the build
 * @param read the text of one of them
 */
export function reachableFiles(files: readonly string[], read: (file: string) => string): Set<string> {
  const reached = new Set([PAGE, ...files.filter((file) => UNNAMED.test(file))])
  // A set's loop comes to what is added on the way.
  for (const file of reached) {
    if (!NAMING.test(file)) continue
    const text = read(file)
    for (const other of files)
      if (text.includes(baseName(other)) && !other.endsWith('.html')) reached.add(other)
  }
  return reached
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Builds `workers/service_worker.ts` with the list of the page's files; the benchmark's and the headless page's are not among them. */
export function offline(): Plugin[] {
  let folder = ''
  const remember: Plugin = {
    name: 'offline-folder',
    configResolved({ root, build }) {
      folder = join(root, build.outDir)
    },
  }
  const plugins = VitePWA({
    strategies: 'injectManifest',
    srcDir: 'workers',
    filename: 'service_worker.ts',
    // The page registers it when it suits, and links its manifest itself.
    injectRegister: null,
    manifest: false,
    injectManifest: {
      rollupFormat: 'iife',
      globPatterns: ['**/*'],
      // ONNX Runtime's files keep their names from one version to the next.
      dontCacheBustURLsMatching: /^assets\/(?!ort-wasm)/,
      maximumFileSizeToCacheInBytes: 64 << 20,
      manifestTransforms: [
        (entries) => {
          const reached = reachableFiles(
            entries.map(({ url }) => url),
            (file) => readFileSync(join(folder, file), 'utf8'),
          )
          return { manifest: entries.filter(({ url }) => reached.has(url)), warnings: [] }
        },
      ],
    },
  })
  return [remember, ...plugins]
}
