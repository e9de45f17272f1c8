import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { precacheEntries, reachableFiles } from '../../src/build/offline_build'

test('a page is kept with all files it names, directly or not, but without other pages and their own files', () => {
  const texts: Readonly<Record<string, string>> = {
    'index.html': '<script src="./assets/index-Aa12Bb34.js"></script><a href="bench.html">',
    'assets/index-Aa12Bb34.js': 'new Worker(new URL("run.worker-Cc56Dd78.js", import.meta.url))',
    'assets/run.worker-Cc56Dd78.js': 'import("./index-Aa12Bb34.js"), load("engine.wasm")',
    'assets/engine.wasm': 'bench-Ee90Ff12.js',
    'bench.html': '<script src="./assets/bench-Ee90Ff12.js"></script>',
    'assets/bench-Ee90Ff12.js': '',
    'models/ada/config.json': '',
  }
  const reached = reachableFiles(Object.keys(texts), (file) => texts[file])
  expect([...reached].sort()).toEqual([
    'assets/engine.wasm',
    'assets/index-Aa12Bb34.js',
    'assets/run.worker-Cc56Dd78.js',
    'index.html',
    'models/ada/config.json',
  ])
})

test('a kept file has a revision from its content, unless its name has one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'offline-'))
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  try {
    write('index.html', 'assets/index-Aa12Bb34.js')
    write('bench.html', '')
    write('assets/index-Aa12Bb34.js', 'ort-wasm-simd-threaded.wasm')
    write('assets/ort-wasm-simd-threaded.wasm', 'one version')
    write('models/ada/config.json', '{}')
    const before = precacheEntries(folder)
    expect(before.map(({ url }) => url)).toEqual([
      'assets/index-Aa12Bb34.js',
      'assets/ort-wasm-simd-threaded.wasm',
      'index.html',
      'models/ada/config.json',
    ])
    const revised = before.filter(({ revision }) => revision !== null).map(({ url }) => url)
    expect(revised).toEqual(['assets/ort-wasm-simd-threaded.wasm', 'index.html', 'models/ada/config.json'])

    write('assets/index-Aa12Bb34.js', 'ort-wasm-simd-threaded.wasm, and more')
    write('assets/ort-wasm-simd-threaded.wasm', 'next version')
    const after = precacheEntries(folder)
    const changed = after.filter(({ revision }, i) => revision !== before[i].revision).map(({ url }) => url)
    expect(changed).toEqual(['assets/ort-wasm-simd-threaded.wasm'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
