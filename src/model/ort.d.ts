/** `#ort` of package.json: onnxruntime-web for wasm; in node the build that can start threads there. */
export * from 'onnxruntime-web/wasm'
