import { gradNormOnGpu, NORM_BYTES, readNorm } from '../../src/gpu/adamw'
import { uploadBuffer } from '../../src/gpu/buffers'
import { requestGpu } from '../../src/gpu/device'

const gpu = await requestGpu()
const gradient = uploadBuffer(gpu, 'gradient', Float32Array.of(3, -4))
const norm = gpu.buffers.acquire('norm', NORM_BYTES, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC)
await gradNormOnGpu(gpu, [{ buffer: gradient, length: 2 }], norm)
const value = await readNorm(gpu, norm)
gpu.buffers.release(gradient)
gpu.buffers.release(norm)
postMessage({ norm: value, live: gpu.buffers.live })
gpu.device.destroy()
