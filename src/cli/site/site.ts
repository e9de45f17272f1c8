import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type InlineConfig, preview } from 'vite'

/** The project's folder. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const SOURCES = [
  'src',
  'workers',
  'shaders',
  'models',
  'public',
  'recordings',
  'index.html',
  'embed.html',
  'headless.html',
  'bench.html',
  'vite.config.ts',
  'package-lock.json',
]
/** Written last, so that a build that was broken off does not count. */
const STAMP = join(ROOT, 'dist', '.complete')

function newest(path: string): number {
  if (!existsSync(path)) return 0
  const own = statSync(path)
  if (!own.isDirectory()) return own.mtimeMs
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), own.mtimeMs)
}

/**
 * Builds the page into dist/ unless what is there was built from these very files. Takes one to three seconds. In a process of its
 * own: under another NODE_ENV, as tests have, Vite would build what is meant for its development server.
 */
export async function ensureBuild(): Promise<void> {
  const changed = Math.max(...SOURCES.map((name) => newest(join(ROOT, name))))
  if (existsSync(STAMP) && statSync(STAMP).mtimeMs > changed) return
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js')
  const env = { ...process.env, NODE_ENV: 'production' }
  const { stderr } = await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    env,
  })
  process.stderr.write(stderr)
  writeFileSync(STAMP, '')
}

export interface Site {
  /** Ends with a slash. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves dist/ to this machine only unless `changes` have another host, with the cross-origin isolation headers; port 0 is any free port.
 * @param changes what differs: another checkout's folder, say
 */
export async function serveBuild(port: number, changes: InlineConfig = {}): Promise<Site> {
  const server = await preview({
    root: ROOT,
    logLevel: 'warn',
    ...changes,
    preview: { port, host: '127.0.0.1', open: false, ...changes.preview },
  })
  const address = server.httpServer.address()
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port')
  const scheme = server.config.preview.https ? 'https' : 'http'
  return { url: `${scheme}://localhost:${address.port}/`, close: () => server.close() }
}
