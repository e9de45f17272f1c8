import { expect, it } from 'vitest'
import { requestGpu } from '../../src/gpu/device'

it('says in one sentence that WebGPU is missing, and what to do', async () => {
  await expect(requestGpu()).rejects.toMatchObject({
    code: 'backend',
    message:
      'backend "webgpu": found no WebGPU in this browser, wanted a WebGPU adapter. ' +
      'Choose backend "wasm", or a browser and a machine with WebGPU.',
  })
})
