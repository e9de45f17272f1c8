/** Build plugin that makes the page installable and available offline. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { build, type Plugin } from 'vite'
import type { PrecacheEntry } from 'workbox-precaching'

/** Files that may contain names of other files. */
const NAMING = /\.(html|css|m?js|webmanifest)$/
/** Files whose path is assembled at run time, so no file contains their name. */
const UNNAMED = /^models\//
/** Files whose name changes with their content. ONNX Runtime's files keep their names across versions. */
const HASHED = /^assets\/(?!ort-wasm)/
const PAGE = 'index.html'

/**
 * Returns the files that the page may request: itself, the files it names, the files that those name, and so
 * on. Build file names are unlike any other text, so a plain search finds them.
 * @param files paths inside the build
 * @param read returns the text of a file
 */
export function reachableFiles(files: readonly string[], read: (file: string) => string): Set<string> {
  const reached = new Set([PAGE, ...files.filter((file) => UNNAMED.test(file))])
  // A loop over a set also visits items added during the loop.
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

/**
 * Lists the files of a built page for the service worker: all that a visitor can reach, without those of the
 * benchmark and of the headless page.
 * @param folder path of the build
 */
export function precacheEntries(folder: string): PrecacheEntry[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'))
    .sort()
  const reached = reachableFiles(files, (file) => readFileSync(join(folder, file), 'utf8'))
  return files
    .filter((url) => reached.has(url))
    .map((url) => ({ revision: HASHED.test(url) ? null : hash(readFileSync(join(folder, url))), url }))
}

function hash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32)
}

/**
 * Builds `workers/service_worker.ts` after the page, with the list of the page's files in it. The page
 * registers it itself.
 */
export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    writeBundle: {
      // Runs last, because other plugins may still write files here.
      order: 'post',
      async handler() {
        const { config } = this.environment
        const folder = resolve(config.root, config.build.outDir)
        await build({
          configFile: false,
          root: config.root,
          logLevel: config.logLevel,
          publicDir: false,
          define: { 'self.__WB_MANIFEST': JSON.stringify(precacheEntries(folder)) },
          build: {
            outDir: folder,
            emptyOutDir: false,
            target: config.build.target,
            reportCompressedSize: false,
            rolldownOptions: {
              input: join(config.root, 'workers/service_worker.ts'),
              output: { format: 'iife', entryFileNames: 'service_worker.js' },
            },
          },
        })
      },
    },
  }
}
