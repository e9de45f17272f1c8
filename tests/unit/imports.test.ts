/** Newcomers rely on this: imports point down and form no cycle, and no folder is too large. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Folders from the bottom to the top. Folders of one line do not import each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['src'],
  ['src/report', 'src/onnx', 'src/matrix', 'src/tasks'],
  ['src/grpo'],
  ['src/gpu'],
  ['src/model'],
  ['src/hub'],
  ['src/config'],
  ['src/ilr'],
  ['src/runs'],
  ['src/trl', 'src/pretrain', 'src/study'],
  ['workers'],
  ['src/index.ts'],
  ['src/app', 'src/bench'],
  ['src/build', 'src/cli'],
]
const MOST_FILES = 25

const files = ['src', 'workers', 'shaders'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath, entry.name)),
)
const modules = new Set(files.filter((file) => /\.tsx?$/.test(file)))

/** Returns the files of ours that a file imports, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^'?]+)/g)].flatMap(([, path]) => {
    const place = posix.join(dirname(file), path)
    return [place, `${place}.ts`, `${place}.tsx`, `${place}/index.ts`].filter((found) => modules.has(found))
  })
}

const imports = new Map([...modules].map((file) => [file, importsOf(file)]))

function layerOf(file: string): number {
  const own = LAYERS.findIndex((layer) => layer.includes(file))
  if (own >= 0) return own
  const folder = file.startsWith('workers/') ? 'workers' : file.split('/').slice(0, 2).join('/')
  return LAYERS.findIndex((layer) => layer.includes(file.split('/').length === 2 ? dirname(file) : folder))
}

/** Returns import paths from a file back to itself. */
function circles(): string[] {
  const done = new Set<string>()
  const open: string[] = []
  const found: string[] = []
  const visit = (file: string) => {
    if (open.includes(file)) found.push([...open.slice(open.indexOf(file)), file].join(' → '))
    if (done.has(file) || open.includes(file)) return
    open.push(file)
    for (const next of imports.get(file) ?? []) visit(next)
    open.pop()
    done.add(file)
  }
  for (const file of modules) visit(file)
  return found
}

describe('imports', () => {
  it('are read from the files', () => {
    expect(imports.get('src/ilr/step/step.ts')).toContain('src/ilr/step/draw.ts')
    expect([...modules].filter((file) => layerOf(file) < 0)).toEqual([])
  })

  it('point to lower layers', () => {
    const up = [...imports].flatMap(([file, used]) =>
      used.filter((one) => layerOf(one) > layerOf(file)).map((one) => `${file} → ${one}`),
    )
    expect(up).toEqual([])
  })

  it('form no cycle', () => {
    expect(circles()).toEqual([])
  })
})

it(`no folder has more than ${MOST_FILES} files`, () => {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  expect([...counts].filter(([, count]) => count > MOST_FILES)).toEqual([])
})
