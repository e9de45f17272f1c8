import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as ort from 'onnxruntime-web/webgpu'
import { create, globals } from 'webgpu'
import type { GpuCalls } from './order'

/**
 * Makes Dawn's null backend the WebGPU of this process. It executes nothing and buffers stay zero, so a run
 * costs only what encoding costs. Its buffers share 512 MB.
 * @returns a function that counts calls
 */
export function openNullDevice(): () => GpuCalls {
  Object.assign(globalThis, globals, { self: globalThis })
  const navigator = { gpu: create(['backend=null']), userAgent: 'node', hardwareConcurrency: 2 }
  Object.defineProperty(globalThis, 'navigator', { value: navigator })
  // Node cannot fetch the file that ONNX Runtime would ask for.
  const wasm = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm')
  ort.env.wasm.wasmBinary = new Uint8Array(readFileSync(wasm)).buffer
  copySharedBytes()
  return countCalls()
}

/** Makes `writeBuffer` copy bytes of shared memory first, which Dawn for node cannot read. */
function copySharedBytes(): void {
  const { writeBuffer } = GPUQueue.prototype
  GPUQueue.prototype.writeBuffer = function (buffer, offset, data, from = 0, size = sizeOf(data) - from) {
    if (!ArrayBuffer.isView(data) || !(data.buffer instanceof SharedArrayBuffer))
      return writeBuffer.call(this, buffer, offset, data as BufferSource, from, size)
    const unit = data.byteLength / sizeOf(data)
    const bytes = new Uint8Array(data.buffer, data.byteOffset + from * unit, size * unit)
    return writeBuffer.call(this, buffer, offset, bytes.slice())
  }
}

/** Returns the length in the unit that `writeBuffer` counts in: elements of a typed array, or bytes. */
function sizeOf(data: ArrayBufferLike | ArrayBufferView): number {
  return 'length' in data ? Number(data.length) : data.byteLength
}

function countCalls(): () => GpuCalls {
  const calls = { dispatches: 0, submissions: 0 }
  const { submit } = GPUQueue.prototype
  GPUQueue.prototype.submit = function (buffers) {
    calls.submissions++
    return submit.call(this, buffers)
  }
  const pass = GPUComputePassEncoder.prototype
  const { dispatchWorkgroups, dispatchWorkgroupsIndirect } = pass
  pass.dispatchWorkgroups = function (...sizes) {
    calls.dispatches++
    return dispatchWorkgroups.apply(this, sizes)
  }
  pass.dispatchWorkgroupsIndirect = function (...where) {
    calls.dispatches++
    return dispatchWorkgroupsIndirect.apply(this, where)
  }
  return () => ({ ...calls })
}
