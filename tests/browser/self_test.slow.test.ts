import { afterEach, expect, it } from 'vitest'
import { exercise } from '../../src/model/self_test/exercise'
import { EXPECTED } from '../../src/model/self_test/expected'
import { problemIn } from '../../src/model/self_test/verdict'

const { createShaderModule } = GPUDevice.prototype
const { requestAdapter } = GPU.prototype
const { requestDevice } = GPUAdapter.prototype
afterEach(() => {
  GPU.prototype.requestAdapter = requestAdapter
  GPUAdapter.prototype.requestDevice = requestDevice
  GPUDevice.prototype.createShaderModule = createShaderModule
})

const test = () => problemIn(exercise('webgpu'), EXPECTED, 'f32')

/** Changes the first match in each kernel that has one, and returns how many kernels it changed. */
function withKernelsChanged(pattern: RegExp, replacement: string): () => number {
  let changed = 0
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    const code = descriptor.code.replace(pattern, replacement)
    if (code !== descriptor.code) changed++
    return createShaderModule.call(this, { ...descriptor, code })
  }
  return () => changed
}

it('passes on this adapter', async () => {
  expect(await test()).toBeNull()
})

it('catches a device whose limits are too low', async () => {
  // Of WebGPU's two levels the lower one allows 128 invocations of a workgroup by default, and not 256.
  GPU.prototype.requestAdapter = function (options) {
    return requestAdapter.call(this, { ...options, featureLevel: 'compatibility' })
  }
  GPUAdapter.prototype.requestDevice = function () {
    return requestDevice.call(this)
  }
  expect(await test()).toMatch(/^it stops with “.*maximum allowed invocations 128”$/)
})

it('catches a kernel of ONNX Runtime that computes wrongly', async () => {
  const changed = withKernelsChanged(/\bsqrt\(/g, '1.01 * sqrt(')
  expect(await test()).toMatch(/^its .* off$/)
  expect(changed()).toBeGreaterThan(0)
})
