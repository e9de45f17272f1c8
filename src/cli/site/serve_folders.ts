import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** A server's path, with slashes at both ends, and the folder whose files it has; or the path of a file, without one at its end. */
export type ServedFolders = ReadonlyMap<string, string>

/** Serves folders of this machine beside the page, to the headless browser that runs on it. */
export function serveFolders(folders: ServedFolders): Plugin {
  return {
    name: 'served-folders',
    configurePreviewServer(server) {
      server.middlewares.use(async (request, response, next) => {
        const file = fileOf(request.url ?? '/', folders)
        const found = file === null ? null : await stat(file).catch(() => null)
        if (file === null || !found?.isFile()) {
          next()
          return
        }
        response.writeHead(200, {
          'content-length': found.size,
          'content-type': 'application/octet-stream',
          'cache-control': 'no-store',
        })
        if (request.method === 'HEAD') response.end()
        else
          createReadStream(file)
            .on('error', () => response.destroy())
            .pipe(response)
      })
    },
  }
}

/** The file that a URL's path means, or null where it is in none of the folders. */
export function fileOf(url: string, folders: ServedFolders): string | null {
  const path = url.split(/[?#]/)[0]
  for (const [prefix, folder] of folders) {
    if (!prefix.endsWith('/') && path === prefix) return folder
    if (!prefix.endsWith('/') || !path.startsWith(prefix)) continue
    let names: string[]
    try {
      names = path.slice(prefix.length).split('/').map(decodeURIComponent)
    } catch {
      return null
    }
    if (names.some((name) => name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name)))
      return null
    return join(folder, ...names)
  }
  return null
}
