/**
 * ONNX Runtime's wasm (14 MB) compiled once for all peers of a run. Each has an ONNX Runtime of its own, which would compile its own; a
 * compiled module can be sent from worker to worker.
 */

/** It lies beside the scripts of a build; in development, in its package. */
function wasmUrl(): URL {
  const name = 'ort-wasm-simd-threaded.wasm'
  const script = import.meta.url
  return import.meta.env.DEV
    ? new URL(`/node_modules/onnxruntime-web/dist/${name}`, script)
    : new URL(name, script)
}

/** Compiles while streaming. Null where that fails: then whoever needs it tries for itself, and says what is wrong. */
export async function compileOrt(): Promise<WebAssembly.Module | null> {
  try {
    return await WebAssembly.compileStreaming(fetch(wasmUrl()))
  } catch {
    return null
  }
}

/** Makes ONNX Runtime, which has no option for it, use this module in this worker. Nothing else here compiles wasm. */
export function provideOrt(module: WebAssembly.Module): void {
  WebAssembly.instantiateStreaming = async (source, imports) => {
    await (await source).body?.cancel()
    return { module, instance: await WebAssembly.instantiate(module, imports) }
  }
}
