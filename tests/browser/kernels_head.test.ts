import { describe, expect, it } from 'vitest'
import philoxSource from '../../shaders/philox.wgsl?raw'
import { readBuffer } from '../../src/gpu/buffers'
import { submit } from '../../src/gpu/dispatch'
import { uploadHead } from '../../src/gpu/gpu_head'
import { DEFAULT_VARIANT } from '../../src/gpu/head_variants'
import { computePipeline } from '../../src/gpu/pipeline'
import { sampleOnGpu } from '../../src/gpu/sample'
import { tokenLogprobsOnGpu } from '../../src/gpu/token_logprobs'
import { tokenLogprobs } from '../../src/grpo/token_logprobs'
import { valuesOf } from '../../src/matrix/matrix_values'
import { expectClose } from '../data/closeness'
import { PHILOX_VECTORS } from '../data/philox_vectors'
import { describeHeadKernels, empty, floats, gpu, heads, OFF_EVERY_TILE, upload } from './head_on_gpu'

describe('philox.wgsl', () => {
  it('gives Random123’s published answers', async () => {
    const source = `${philoxSource}
      struct Parameters { c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32 }
      @group(0) @binding(0) var<uniform> p: Parameters;
      @group(0) @binding(1) var<storage, read_write> answer: vec4u;
      @compute @workgroup_size(1) fn main() {
        answer = philox(vec4u(p.c0, p.c1, p.c2, p.c3), vec2u(p.k0, p.k1));
      }`
    const pipeline = await computePipeline(gpu.device, 'philox test', source)
    const answer = empty(4)
    for (const vector of PHILOX_VECTORS) {
      const parameters = [...vector.counter, ...vector.key].map((u32) => ({ u32 }))
      submit(gpu, 'philox test', [{ pipeline, parameters, bindings: { 1: answer }, workgroups: [1] }])
      expect([...new Uint32Array(await readBuffer(gpu, answer, 16))]).toEqual(vector.answer)
    }
  })
})

// The slow tier has the other shapes, formats and variants.
describeHeadKernels([{ ...OFF_EVERY_TILE, variant: DEFAULT_VARIANT }])

describe('token_logprobs', () => {
  it('stay exact where the logits are large', async () => {
    const matrix = {
      kind: 'f32',
      out: 300,
      in: 1,
      data: Float32Array.from({ length: 300 }, (_, v) => v * 4),
    } as const
    const head = uploadHead(gpu, 'test head', valuesOf(matrix))
    heads.push(head)
    const hidden = Float32Array.of(1)
    const ids = Uint32Array.of(298)
    const [logprob, entropy, logSumExp] = [empty(1), empty(1), empty(1)]
    const buffers = { hidden: upload(hidden), ids: upload(ids), logprob, entropy, logSumExp }
    await tokenLogprobsOnGpu(gpu, { tokens: 1, head, temperature: 1, ...buffers })
    const wanted = tokenLogprobs({ hidden, head: matrix, ids, temperature: 1 })
    expectClose(await floats(logprob, 1), wanted.logprob, 2e-5)
    expectClose(await floats(entropy, 1), wanted.entropy, 2e-5)
  })
})

describe('sample', () => {
  it('gives ties to the lowest id, across lanes and shares of the vocabulary', async () => {
    const data = new Float32Array(1000).fill(1)
    data.fill(2, 3, 999)
    const matrix = { kind: 'f32', out: 1000, in: 1, data } as const
    const head = uploadHead(gpu, 'test head', valuesOf(matrix))
    heads.push(head)
    const [ids, logprobs] = [empty(1), empty(1)]
    const zero = upload(new Uint32Array(2))
    const one = upload(Float32Array.of(1))
    const call = { rows: 1, head, hidden: one, keys: zero, positions: zero, temperature: 0, ids, logprobs }
    await sampleOnGpu(gpu, call)
    expect(new Uint32Array(await readBuffer(gpu, ids, 4))[0]).toBe(3)
  })
})
