/** Scripts that are put into pages and in front of workers' own, as text. */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, transformWithOxc } from 'vite'

/** A module without imports as a script. */
export async function scriptText(module: URL): Promise<string> {
  const path = fileURLToPath(module)
  const { code } = await transformWithOxc(readFileSync(path, 'utf8'), path, { lang: 'ts', sourcemap: false })
  // The exports are types; what is left of them would make a page's script a module.
  return code.replaceAll(/^export \{\s*\};?$/gm, '').replaceAll(/^export (const|let) /gm, '$1 ')
}

/** Serves the scripts of workers with another one in front, as fresh or as old as they are without it. */
export function withPrelude(build: string, prelude: string): Plugin {
  return {
    name: 'worker-prelude',
    configurePreviewServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const name = /^\/assets\/([\w.-]+\.worker-[\w-]+\.js)$/.exec(request.url ?? '')?.[1]
        if (name === undefined) {
          next()
          return
        }
        const tag = `"${name}"`
        response.setHeader('Cache-Control', 'no-cache')
        response.setHeader('ETag', tag)
        // As the page's own headers have it, or the page refuses the worker.
        response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
        if (request.headers['if-none-match'] === tag) {
          response.statusCode = 304
          response.end()
          return
        }
        response.setHeader('Content-Type', 'text/javascript')
        readFile(join(build, 'assets', name), 'utf8').then(
          (script) => response.end(`${prelude}\n${script}`),
          next,
        )
      })
    },
  }
}
