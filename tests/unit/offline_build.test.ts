import { expect, test } from 'vitest'
import { reachableFiles } from '../../src/cli/offline_build'

test('a page is kept with what it names, and what that names, but without other pages and what only they name', () => {
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
