import { Tokenizer } from '@huggingface/tokenizers'
import { groupAdvantages } from '../grpo/group_advantages'
import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import { deriveKey, seedKey } from '../random'
import { CpuAdapter } from './adapter'
import { loadModelFolder, type ModelFolder, type ReadFile } from './folder'
import { OrtHead } from './head'
import { initialLora } from './lora'
import { LoopDecoder } from './loop_decoder'
import { ModelTensors } from './model_tensors'
import type { AdapterState, Completion, GenerateRequest, OnText, Peer, UpdateReport, UpdateRequest } from './peer'
import { Policy } from './policy'
import { type Backend, Runtime } from './runtime'
import { Transformer } from './transformer'

export interface LocalPeerOptions {
  readonly id: string
  /** Names the model folder in messages. */
  readonly source: string
  readonly read: ReadFile
  readonly backend: Backend
  readonly loraRank: number
  readonly loraAlpha: number
  /** Decides the starting adapter, together with the id. */
  readonly seed: number
  /** wasm threads. */
  readonly threads: number
  /** Fractions in [0, 1]. */
  readonly onProgress?: (fraction: number) => void
}

/** What `loadLocalPeer` assembles for its backend. */
export interface Engine {
  readonly policy: Policy
  advantages(request: AdvantageRequest): Promise<AdvantageReport>
  state(): Promise<AdapterState>
  restore(state: AdapterState): Promise<void>
  close(): Promise<void>
}

/** Tokens per training pass, padding included: fills the matmuls and stays near the cache. */
const TOKENS_PER_PASS = 4096

/**
 * Loads a peer into this thread.
 * @throws ColloquyError `model-file`, `model-architecture`, `backend`, `limit` or `memory`
 */
export async function loadLocalPeer(options: LocalPeerOptions): Promise<Peer> {
  const report = options.onProgress ?? (() => {})
  const folder = await loadModelFolder(options.read, options.source, (_, read, files) =>
    report(read / files / 2),
  )
  const engine =
    options.backend === 'wasm'
      ? await wasmEngine(folder, options)
      : await (await import('./webgpu_engine')).webgpuEngine(folder, options)
  report(1)
  return new LocalPeer(options.id, folder, engine)
}

/** The adapter every run of this seed starts from. */
export function startingLora(folder: ModelFolder, options: LocalPeerOptions): Float32Array[] {
  const name = Array.from(options.id, (character) => character.codePointAt(0) ?? 0)
  return initialLora(folder.config, options.loraRank, deriveKey(seedKey(options.seed), ...name))
}

async function wasmEngine(folder: ModelFolder, options: LocalPeerOptions): Promise<Engine> {
  const runtime = await Runtime.create({ backend: 'wasm', threads: options.threads })
  const lora = { rank: options.loraRank, alpha: options.loraAlpha }
  const tensors = ModelTensors.upload(runtime, folder.config, folder.weights, lora)
  if (!tensors.head) throw new TypeError('on wasm the head is a tensor')
  const adapter = new CpuAdapter(runtime, startingLora(folder, options))
  const transformer = await Transformer.create(runtime, tensors)
  const head = await OrtHead.create(runtime, folder.config, tensors.head)
  const decoder = await LoopDecoder.create(runtime, tensors, transformer, adapter.parameters)
  return {
    policy: new Policy({ transformer, decoder, head, adapter, tokensPerPass: TOKENS_PER_PASS }),
    advantages: async (request) => groupAdvantages(request),
    state: () => adapter.state(),
    restore: (state) => adapter.restore(state),
    close: async () => {
      adapter.close()
      tensors.close()
      await runtime.close()
    },
  }
}

class LocalPeer implements Peer {
  private readonly tokenizer: Tokenizer

  constructor(
    readonly id: string,
    private readonly folder: ModelFolder,
    private readonly engine: Engine,
  ) {
    this.tokenizer = new Tokenizer(folder.tokenizerJson, folder.tokenizerConfig)
  }

  async generate(request: GenerateRequest, onText?: OnText): Promise<Completion[]> {
    const encoded = new Map<string, number[]>()
    const rows = request.samples.map(({ prompt, key }) => {
      const promptIds = encoded.get(prompt) ?? this.tokenizer.encode(prompt).ids
      encoded.set(prompt, promptIds)
      return { promptIds, key }
    })
    const first: number[] = []
    let shown = ''
    const decoded = await this.engine.policy.generate(
      rows,
      {
        temperature: request.temperature,
        maxNewTokens: request.maxNewTokens,
        stops: this.folder.stopIds,
      },
      (row, ids) => {
        if (row !== 0 || !onText) return
        first.push(...ids)
        const text = this.decode(first)
        if (text.startsWith(shown) && text.length > shown.length) {
          onText([{ row, text: text.slice(shown.length) }])
          shown = text
        }
      },
    )
    return decoded.map((completion, i) => ({
      ...completion,
      promptIds: rows[i].promptIds,
      text: this.decode(completion.ids),
    }))
  }

  private decode(ids: readonly number[]): string {
    // The tokenizer refuses an empty list.
    return ids.length === 0 ? '' : this.tokenizer.decode([...ids], { skip_special_tokens: true })
  }

  advantages(request: AdvantageRequest): Promise<AdvantageReport> {
    return this.engine.advantages(request)
  }
  update(request: UpdateRequest): Promise<UpdateReport> {
    return this.engine.policy.update(request)
  }
  adapterState(): Promise<AdapterState> {
    return this.engine.state()
  }
  restore(state: AdapterState): Promise<void> {
    return this.engine.restore(state)
  }
  close(): Promise<void> {
    return this.engine.close()
  }
}
