import script from '@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.js?url'
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'
import * as tf from '@tensorflow/tfjs-core'

type WasmBackend = typeof import('@tensorflow/tfjs-backend-wasm')

/**
 * Loads the wasm backend of TensorFlow.js, its binaries from this server. The script is taken as published, not bundled: its threads
 * start from the source text of one of its functions, which names a variable around it, and a minifier gives that another name.
 */
export async function loadWasmBackend(threads: number): Promise<void> {
  // What a script tag would find: the library, to which it adds `wasm`.
  const scope = { tf: { ...tf } }
  Object.assign(globalThis, scope)
  await import(/* @vite-ignore */ script)
  const { wasm } = scope.tf as typeof scope.tf & { wasm: WasmBackend }
  wasm.setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  })
  wasm.setThreadsCount(threads)
}
