import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { playwright } from '@vitest/browser-playwright'
import type { Plugin } from 'vite'
import { defaultClientConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { contentSecurity } from './src/build/content_security.ts'
import { offline } from './src/build/offline_build.ts'
import { BROWSER_FLAGS, findBrowser } from './src/cli/browsers/browser.ts'
import { LongestFirst } from './tests/longest_first.ts'
import { ISOLATION_HEADERS } from './workers/browser/isolation.ts'

/**
 * ONNX Runtime loads its wasm from beside the script that holds it. In dev that is its own folder; a build
 * has it in a worker chunk under assets/, so the four files that are used (CPU and WebGPU) go there by name.
 */
function ortFiles(): Plugin {
  const folder = dirname(
    createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'),
  )
  return {
    name: 'ort-files',
    apply: 'build',
    generateBundle() {
      for (const variant of ['', '.asyncify'])
        for (const extension of ['mjs', 'wasm']) {
          const name = `ort-wasm-simd-threaded${variant}.${extension}`
          this.emitFile({
            type: 'asset',
            fileName: `assets/${name}`,
            source: readFileSync(join(folder, name)),
          })
        }
    },
  }
}

/** The embedded peers are plain files next to the page; dev serves them from the project folder. */
function modelFiles(): Plugin {
  return {
    name: 'model-files',
    apply: 'build',
    generateBundle() {
      for (const path of SHIPPED_FILES)
        this.emitFile({ type: 'asset', fileName: path, source: readFileSync(path) })
    },
  }
}

/** Where a server gives no list of a folder, the page knows from this which files need not be asked for. */
const SHIPPED_FILES = readdirSync('models', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'))

const shared = {
  define: { SHIPPED_FILES: JSON.stringify(SHIPPED_FILES) },
  // A missing file is a 404, not the page: the model loader must see that a file is missing.
  appType: 'mpa' as const,
  // ORT's entry points without an inlined wasm loader: threads then start from the loader file, not from our chunk.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  // Found late, a dependency makes the dev server reload the page, in the middle of a run or a test.
  optimizeDeps: {
    exclude: ['onnxruntime-web'],
    include: [
      '@huggingface/jinja',
      '@huggingface/tokenizers',
      '@jitl/quickjs-wasmfile-release-sync',
      '@huggingface/transformers',
      '@jax-js/jax',
      '@noble/hashes/legacy.js',
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      '@tensorflow/tfjs-backend-webgpu',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-core/dist/register_all_gradients',
      'comlink',
      'fflate',
      'idb',
      'preact',
      'preact/hooks',
      'preact/jsx-dev-runtime',
      'preact/test-utils',
      'quickjs-emscripten-core',
      'uqr',
      'zod',
    ],
  },
  server: { headers: ISOLATION_HEADERS },
}

/** A test that comes to no assertion, as when it loops over nothing, fails. */
const expectations = { requireAssertions: true }

/** The page and the commands' pages in dist/; with `--mode lib`, the public face in dist-lib/ for other people's pages. */
export default defineConfig(({ mode }) => ({
  ...shared,
  base: './',
  plugins: mode === 'lib' ? [ortFiles()] : [ortFiles(), modelFiles(), contentSecurity(), offline()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 2000,
    reportCompressedSize: false,
    ...(mode === 'lib'
      ? {
          outDir: 'dist-lib',
          copyPublicDir: false,
          lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'assets/colloquy' },
        }
      : {
          rolldownOptions: {
            checks: { pluginTimings: false },
            input: ['index.html', 'embed.html', 'headless.html', 'bench.html'],
          },
        }),
  },
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          environment: 'node',
          expect: expectations,
          sequence: { groupOrder: 0 },
          // Vitest leaves one core free unless told, which is half of two.
          maxWorkers: availableParallelism(),
          // Those that decode or differentiate a model take seconds, and several times that beside others.
          testTimeout: 30_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          // Times for a machine whose cores are busy with other work.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 30_000 } },
          browser: {
            enabled: true,
            headless: true,
            // One file after the other: they share an origin's locks and databases, and one software GPU.
            fileParallelism: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: findBrowser() ?? undefined, args: [...BROWSER_FLAGS] },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          environment: 'node',
          globalSetup: 'tests/e2e/one_browser.ts',
          expect: { poll: { timeout: 30_000 } },
          // Each of them drives a browser that can use every core. They share what they import.
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
          isolate: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
}))
