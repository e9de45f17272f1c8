import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import philoxSource from '../../shaders/philox.wgsl?raw'
import { tuneHead } from '../../src/gpu/autotune'
import { readBuffer, uploadBuffer } from '../../src/gpu/buffers'
import { type Gpu, requestGpu } from '../../src/gpu/device'
import { submit } from '../../src/gpu/dispatch'
import { type GpuHead, uploadHead } from '../../src/gpu/head'
import { DEFAULT_VARIANT, everyKernel, HEAD_VARIANTS, variantsWithin } from '../../src/gpu/head_variants'
import { computePipeline } from '../../src/gpu/pipeline'
import { sampleOnGpu } from '../../src/gpu/sample'
import { tokenLogprobsGradOnGpu, tokenLogprobsOnGpu } from '../../src/gpu/token_logprobs'
import type { HeadMatrix } from '../../src/grpo/head'
import { sample } from '../../src/grpo/sample'
import { tokenLogprobs, tokenLogprobsGrad } from '../../src/grpo/token_logprobs'
import { valuesOf } from '../../src/model/matrix_values'
import { deriveKey, Stream, seedKey } from '../../src/random'
import { expectClose } from '../data/closeness'
import { PHILOX_VECTORS } from '../data/philox_vectors'

let gpu: Gpu
const held: GPUBuffer[] = []
const heads: GpuHead[] = []

beforeAll(async () => {
  gpu = await requestGpu()
})
afterAll(() => {
  for (const buffer of held) gpu.buffers.release(buffer)
  for (const head of heads) head.release()
  expect(gpu.buffers.owners()).toEqual(new Map())
  gpu.device.destroy()
})

function upload(data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GPUBuffer {
  const buffer = uploadBuffer(gpu, 'test', data)
  held.push(buffer)
  return buffer
}
function empty(count: number): GPUBuffer {
  const buffer = gpu.buffers.acquire('test', count * 4, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC)
  held.push(buffer)
  return buffer
}
const floats = async (buffer: GPUBuffer, count: number) =>
  new Float32Array(await readBuffer(gpu, buffer, count * 4))

function normals(stream: Stream, count: number, spread = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, () => spread * 2 * (stream.uniform() + stream.uniform() - 1))
}

function randomHead(format: 'f32' | 'f16' | 'q8' | 'q4', out: number, width: number): HeadMatrix {
  const stream = new Stream(seedKey(out * 1000 + width))
  if (format === 'f32') return { kind: 'f32', out, in: width, data: normals(stream, out * width) }
  if (format === 'f16') {
    // Signs, exponents around 2^-1 and any fraction; and the smallest subnormal, a zero and a large one.
    const data = Uint16Array.from(
      { length: out * width },
      () => (stream.bits() & 0x83ff) | (stream.int(11, 14) << 10),
    )
    data.set([1, 0, 0x4880].slice(0, width))
    return { kind: 'f16', out, in: width, data }
  }
  const bits = format === 'q8' ? 8 : 4
  const blocks = Math.ceil(width / 32)
  return {
    kind: 'blocks',
    bits,
    out,
    in: width,
    packed: Uint8Array.from({ length: out * blocks * 4 * bits }, () => stream.bits()),
    scales: Float32Array.from({ length: out * blocks }, () => (0.5 + stream.uniform()) / 2 ** (bits - 1)),
  }
}

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

// One row; V below, at, and off the tile of 256; H odd, off 4, off 32, and above the 256 columns of a pass.
const SHAPES = [
  { format: 'f32', tokens: 1, vocabulary: 1, width: 1 },
  { format: 'f32', tokens: 5, vocabulary: 7, width: 5 },
  { format: 'f32', tokens: 4, vocabulary: 256, width: 8 },
  { format: 'f32', tokens: 6, vocabulary: 517, width: 260 },
  { format: 'f16', tokens: 3, vocabulary: 9, width: 7 },
  { format: 'f16', tokens: 2, vocabulary: 258, width: 16 },
  { format: 'q8', tokens: 7, vocabulary: 259, width: 64 },
  { format: 'q8', tokens: 1, vocabulary: 3, width: 33 },
  { format: 'q4', tokens: 7, vocabulary: 259, width: 64 },
  { format: 'q4', tokens: 2, vocabulary: 6, width: 40 },
] as const
// T off the tiles of 4, 8 and 16 rows; V off the 1024 items that 256 lanes take at a time; a last block half full.
const OFF_EVERY_TILE = { format: 'q4', tokens: 19, vocabulary: 1101, width: 40 } as const
const CASES = [
  ...SHAPES.map((shape) => ({ ...shape, variant: DEFAULT_VARIANT })),
  ...HEAD_VARIANTS.map((variant) => ({ ...OFF_EVERY_TILE, variant })),
]
const nameOf =
  '$format, T = $tokens, V = $vocabulary, H = $width, ' +
  '$variant.rows rows, $variant.lanes lanes, $variant.workgroups workgroups'

async function input({ format, tokens, vocabulary, width, variant }: (typeof CASES)[number]) {
  const stream = new Stream(seedKey(tokens + vocabulary + width))
  const matrix = randomHead(format, vocabulary, width)
  const head = { ...uploadHead(gpu, 'test head', valuesOf(matrix)), variants: everyKernel(variant) }
  heads.push(head)
  const hidden = normals(stream, tokens * width, 2 / Math.sqrt(width))
  const ids = Uint32Array.from({ length: tokens }, (_, t) =>
    t === 0 ? vocabulary - 1 : stream.int(0, vocabulary - 1),
  )
  return { matrix, head, hidden, ids, stream }
}

describe('token_logprobs', () => {
  it.each(CASES)(`and its gradient agree with the CPU: ${nameOf}`, async (shape) => {
    const { tokens, width, variant } = shape
    const { matrix, head, hidden, ids, stream } = await input(shape)
    const temperature = 0.8
    const wanted = tokenLogprobs({ hidden, head: matrix, ids, temperature })
    const buffers = { hidden: upload(hidden), ids: upload(ids), logSumExp: empty(tokens) }
    const logprob = empty(tokens)
    const entropy = empty(tokens)
    await tokenLogprobsOnGpu(gpu, { tokens, head, temperature, ...buffers, logprob, entropy })
    expectClose(await floats(logprob, tokens), wanted.logprob, 2e-5)
    expectClose(await floats(entropy, tokens), wanted.entropy, 2e-5)
    expectClose(await floats(buffers.logSumExp, tokens), wanted.logSumExp, 2e-5)

    // Some rows masked out, among them the whole of the last tile where there are two.
    const masked = (t: number) => t % 7 > 3 || (t >= 4 && t >= tokens - (tokens % variant.rows))
    const coef = Float32Array.from({ length: tokens }, (_, t) => (masked(t) ? 0 : stream.uniform() - 0.5))
    const hiddenGrad = upload(new Float32Array(tokens * width).fill(9))
    await tokenLogprobsGradOnGpu(gpu, {
      tokens,
      head,
      temperature,
      ...buffers,
      coef: upload(coef),
      hiddenGrad,
    })
    const gradient = tokenLogprobsGrad({
      hidden,
      head: matrix,
      ids,
      temperature,
      coef,
      logSumExp: wanted.logSumExp,
    })
    expectClose(await floats(hiddenGrad, tokens * width), gradient, 2e-5)
  })

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
  it.each(CASES)(`agrees with the CPU: ${nameOf}`, async (shape) => {
    const { tokens: rows } = shape
    const { matrix, head, hidden } = await input(shape)
    const keys = new Uint32Array(rows * 2)
    for (let b = 0; b < rows; b++) keys.set(deriveKey(seedKey(1), b), 2 * b)
    const positions = Uint32Array.from({ length: rows }, (_, b) => 3 * b)
    const buffers = { hidden: upload(hidden), keys: upload(keys), positions: upload(positions) }
    for (const temperature of [0, 0.7, 1.5]) {
      const [ids, logprobs] = [empty(rows), empty(rows)]
      await sampleOnGpu(gpu, { rows, head, ...buffers, temperature, ids, logprobs })
      const wanted = sample({ hidden, head: matrix, keys, positions, temperature })
      expect([...new Uint32Array(await readBuffer(gpu, ids, rows * 4))]).toEqual([...wanted.ids])
      expectClose(await floats(logprobs, rows), wanted.logprobs, 2e-5)
    }
  })

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

describe('tuneHead', () => {
  // The getters of a real adapter's info work on nothing else.
  const playedBy = (isFallbackAdapter: boolean): Gpu => {
    const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize } = gpu.info
    const names = { __brand: 'GPUAdapterInfo', vendor, architecture, device, description } as const
    return { ...gpu, info: { ...names, subgroupMinSize, subgroupMaxSize, isFallbackAdapter } }
  }
  const onGpu = () => playedBy(false)
  const upload = () => {
    const { format, vocabulary, width } = OFF_EVERY_TILE
    const head = uploadHead(gpu, 'test head', valuesOf(randomHead(format, vocabulary, width)))
    heads.push(head)
    return head
  }
  function memory() {
    const kept = new Map<string, string>()
    const store = {
      made: 0,
      kept,
      async once(key: string, make: () => Promise<string>) {
        const choice = kept.get(key) ?? (await make())
        if (!kept.has(key)) store.made++
        kept.set(key, choice)
        return choice
      },
    }
    return store
  }

  it('measures once per adapter and shape, and takes what was chosen then', async () => {
    const head = upload()
    const store = memory()
    const live = gpu.buffers.live
    const tuned = await tuneHead(onGpu(), head, store)
    expect(gpu.buffers.live).toBe(live)
    for (const kernel of ['token_logprobs', 'token_logprobs_grad', 'sample'] as const)
      expect(variantsWithin(kernel, gpu.limits)).toContainEqual(tuned.variants[kernel])
    expect(await tuneHead(onGpu(), head, store)).toEqual(tuned)
    expect(store.made).toBe(1)
    const [[key, choice]] = store.kept
    expect(key).toContain('|q4|1101|40')
    store.kept.set(key, choice.split('\n').fill('8 rows, 128 lanes, 2048 workgroups', 0, 1).join('\n'))
    const taken = await tuneHead(onGpu(), head, store)
    expect(taken.variants.token_logprobs).toEqual({ rows: 8, lanes: 128, workgroups: 2048 })
    expect(taken.variants.sample).toEqual(tuned.variants.sample)
  })

  it('leaves the default without a store, where that fails or holds nonsense, and on a processor', async () => {
    const head = upload()
    const refuses = { once: () => Promise.reject(new Error('no room')) }
    const nonsense = { once: () => Promise.resolve('a\nb') }
    const unasked = { once: () => expect.fail('it was asked') }
    expect(await tuneHead(onGpu(), head, null)).toBe(head)
    expect(await tuneHead(onGpu(), head, refuses)).toBe(head)
    expect(await tuneHead(onGpu(), head, nonsense)).toEqual(head)
    expect(await tuneHead(playedBy(true), head, unasked)).toBe(head)
  })
})
