import { expect, it } from 'vitest'
import { requestGpu } from '../../src/gpu/device'

it('says in one sentence that there is no WebGPU, and what to do', async () => {
  await expect(requestGpu()).rejects.toMatchObject({
    code: 'backend',
    message:
      'backend "webgpu": found no WebGPU in this browser, wanted a WebGPU adapter. ' +
      'Choose backend "wasm", or a browser and a machine with WebGPU.',
  })
})
