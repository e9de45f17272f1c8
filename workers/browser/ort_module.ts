/**
 * Compiles ONNX Runtime's wasm (14 MB) once for all peers of a run. Each peer has its own ONNX Runtime, which
 * would otherwise compile its own copy. Workers can send each other a compiled module.
 */

/** Returns the wasm's address: beside the scripts of a build; in development, in its package. */
function wasmUrl(): URL {
  const name = 'ort-wasm-simd-threaded.wasm'
  const script = import.meta.url
  return import.meta.env.DEV
    ? new URL(`/node_modules/onnxruntime-web/dist/${name}`, script)
    : new URL(name, script)
}

/** Compiles while streaming. Returns null on failure: then each peer tries itself and reports the error. */
export async function compileOrt(): Promise<WebAssembly.Module | null> {
  try {
    return await WebAssembly.compileStreaming(fetch(wasmUrl()))
  } catch {
    return null
  }
}

/**
 * Makes ONNX Runtime use this module in this worker by replacing `instantiateStreaming`, since ONNX Runtime
 * has no option for it. Nothing else in this worker compiles wasm.
 */
export function provideOrt(module: WebAssembly.Module): void {
  WebAssembly.instantiateStreaming = async (source, imports) => {
    await (await source).body?.cancel()
    return { module, instance: await WebAssembly.instantiate(module, imports) }
  }
}
