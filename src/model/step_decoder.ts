import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { readBuffer, uploadBuffer } from '../gpu/buffers'
import type { Gpu } from '../gpu/device'
import type { GpuHead } from '../gpu/head'
import { sampleOnGpu } from '../gpu/sample'
import type { Chunk, ChunkResult, DecodeBackend, DecodeState } from './decode'
import { decodeStepGraph, endChunkGraph, startChunkGraph } from './decode_graphs'
import type { GraphPlan } from './graphs'
import { chunkFeeds, layerFeeds, renameCache, startFeeds } from './loop_decoder'
import type { ModelTensors } from './model_tensors'
import { dispose, type Feeds, type Runtime } from './runtime'
import type { Transformer } from './transformer'

const STORAGE = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

/** The compiled decoding graphs; they serve the decoders of all adapters. */
export interface StepSessions {
  readonly start: InferenceSession
  readonly step: InferenceSession
  readonly end: InferenceSession
}

/**
 * Decoding on WebGPU: `shaders/sample.wgsl` picks each token on the device and feeds it to the next run
 * of the decode graph; ids and logprobs are read back once per chunk.
 */
export class StepDecoder implements DecodeBackend {
  private readonly weights: Feeds

  /** @param lora the adapter's flat parameters per layer, owned by the caller like everything else here */
  constructor(
    private readonly gpu: Gpu,
    private readonly runtime: Runtime,
    private readonly tensors: ModelTensors,
    private readonly transformer: Transformer,
    private readonly head: GpuHead,
    private readonly sessions: StepSessions,
    private readonly lora: readonly Tensor[],
  ) {
    this.weights = layerFeeds(tensors, lora)
  }

  /** Compiles what the decoders of a base share. */
  static async compile(runtime: Runtime, plan: GraphPlan): Promise<StepSessions> {
    return {
      start: await runtime.session(startChunkGraph(plan.config)),
      step: await runtime.session(decodeStepGraph(plan)),
      end: await runtime.session(endChunkGraph(plan.config)),
    }
  }

  prefill(ids: Int32Array, lengths: readonly number[], length: number): Promise<DecodeState> {
    return this.transformer.prefill(ids, lengths, length, this.lora)
  }

  async chunk(chunk: Chunk): Promise<ChunkResult> {
    const { gpu, runtime, sessions } = this
    const rows = chunk.rows.length
    const inputs = startFeeds(runtime, this.tensors.plan.config, chunk)
    const { hidden_out, ...started } = await runtime.run(sessions.start, inputs)
    dispose(inputs.rows)
    const { cache, recent: empty } = partCache(renameCache(started))
    let hidden = hidden_out
    let recent = empty
    const feeds = chunkFeeds(runtime, chunk)
    const keys = uploadBuffer(gpu, 'decode keys', Uint32Array.from(chunk.keys))
    const chosen: { ids: GPUBuffer; logprobs: GPUBuffer }[] = []
    for (let t = 0; t < chunk.steps; t++) {
      const ids = gpu.buffers.acquire('decode ids', rows * 4, STORAGE)
      const logprobs = gpu.buffers.acquire('decode logprobs', rows * 4, STORAGE)
      const count = uploadBuffer(gpu, 'decode counts', new Uint32Array(rows).fill(chunk.written + t))
      await sampleOnGpu(gpu, {
        rows,
        hidden: hidden.gpuBuffer,
        head: this.head,
        keys,
        positions: count,
        temperature: chunk.temperature,
        ids,
        logprobs,
      })
      gpu.buffers.release(count)
      chosen.push({ ids, logprobs })
      const positions = runtime.floats(
        chunk.positions.map((position) => position + t),
        [rows, 1],
      )
      const step = runtime.floats(new Float32Array([t]), [1])
      const { hidden: next, ...written } = await runtime.run(sessions.step, {
        ...this.weights,
        ...feeds,
        ...cache,
        ...recent,
        ids: runtime.wrap(ids, 'int32', [rows]),
        positions,
        step,
      })
      dispose(positions, step, hidden, ...Object.values(recent))
      hidden = next
      recent = renameCache(written)
    }
    const joined = await runtime.run(sessions.end, { ...cache, ...recent })
    dispose(...Object.values({ ...feeds, ...cache, ...recent }))
    const state: DecodeState = { hidden, cache: renameCache(joined) }
    const ids = new Int32Array(chunk.steps * rows)
    const logprobs = new Float32Array(chunk.steps * rows)
    const copies = chosen.map(async (buffers, t) => {
      ids.set(new Int32Array(await readBuffer(gpu, buffers.ids, rows * 4)), t * rows)
      logprobs.set(new Float32Array(await readBuffer(gpu, buffers.logprobs, rows * 4)), t * rows)
      gpu.buffers.release(buffers.ids)
      gpu.buffers.release(buffers.logprobs)
    })
    await Promise.all(copies)
    gpu.buffers.release(keys)
    return { state, ids, logprobs, steps: chunk.steps }
  }
}

/** What the chunk began with, and what it writes. */
function partCache(feeds: Feeds): { cache: Feeds; recent: Feeds } {
  const part = (wanted: boolean): Feeds =>
    Object.fromEntries(Object.entries(feeds).filter(([name]) => name.includes('.recent_') === wanted))
  return { cache: part(false), recent: part(true) }
}
