import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { ColloquyError, fromWire } from '../../errors'
import type { EncodeAnswer, EncodeOrder, EncodeSamples } from './order'

/** Characters of a dead process' error output that are shown. */
const LAST_WORDS = 400

/**
 * Measures in a process of its own: Dawn changes the globals of its process and never ends its threads.
 * @param root the checkout, where `webgpu` is installed
 * @throws what stopped the process, or ColloquyError `worker` where it died
 */
export async function measureEncoding(root: string, order: EncodeOrder): Promise<EncodeSamples> {
  // Below node_modules, so that node finds the packages that stay outside.
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'encode-'))
  try {
    await build({
      root,
      configFile: false,
      logLevel: 'warn',
      // Node's own version of TensorFlow.js is another copy than that of its gradients.
      ssr: { noExternal: [/@tensorflow/] },
      resolve: { mainFields: ['module', 'main'] },
      build: {
        ssr: join(root, 'src/bench/encode/encode.node.ts'),
        outDir: folder,
        rolldownOptions: { output: { entryFileNames: 'encode.mjs', chunkFileNames: '[name].mjs' } },
      },
    })
    return await answerOf(join(folder, 'encode.mjs'), order)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function answerOf(script: string, order: EncodeOrder): Promise<EncodeSamples> {
  const child = fork(script, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let words = ''
  let answer: EncodeAnswer | undefined
  child.stderr?.on('data', (data: Buffer) => {
    words = `${words}${data}`.slice(-LAST_WORDS)
  })
  child.on('message', (message: EncodeAnswer) => {
    answer = message
  })
  child.send(order)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    // Not `exit`: messages may still be on their way then.
    child.on('close', (code, signal) => {
      if (answer === undefined) reject(died(signal === null ? `exit status ${code}` : signal, words))
      else if ('error' in answer) reject(fromWire(answer.error))
      else resolve(answer.samples)
    })
  })
}

function died(how: string, words: string): ColloquyError {
  return new ColloquyError({
    code: 'worker',
    what: 'the process that measures encoding',
    found: `${how}${words === '' ? '' : ` after “${words.trim()}”`}`,
    wanted: 'samples',
    todo: 'Check that the package webgpu runs on this system',
  })
}
