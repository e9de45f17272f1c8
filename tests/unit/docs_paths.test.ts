/** Checks that files and links in documents exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const DOCUMENTS = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
)
const files = ['src', 'workers', 'shaders', 'tests'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
)

/** Returns source files in backticks, with at least the end of their path. */
function namedFiles(text: string): string[] {
  return [...text.matchAll(/`([\w./-]+\.(?:ts|tsx|wgsl|css))`/g)].map(([, name]) => name)
}

test.each(DOCUMENTS)('files that %s names exist', (document) => {
  const named = namedFiles(readFileSync(document, 'utf8'))
  expect(named.filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([])
})

test.each(DOCUMENTS)('links of %s lead somewhere', (document) => {
  const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, to]) => to)
  expect(links.filter((to) => !existsSync(join(dirname(document), to)))).toEqual([])
})
