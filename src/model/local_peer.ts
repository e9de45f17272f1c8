import { Tokenizer } from '@huggingface/tokenizers'
import type { DeviceStore } from '../gpu/device'
import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import type { HashState } from '../part_hash'
import { keeping } from '../scope'
import { type Engine, loadBase } from './base'
import type { BaseOptions } from './base_parts'
import { tokenSpans } from './decode/token_spans'
import type { Determinism } from './determinism'
import { chatTemplateOf, chatVoice, noThinking } from './import/chat'
import type { ModelConfig } from './import/config'
import { type OpenFolder, openModelFolder } from './import/folder'
import { allowsF16, type ReadFile } from './import/folder_files'
import {
  type AdapterState,
  type Completion,
  discussionId,
  type GenerateRequest,
  type OnText,
  type Peer,
  type PromptStyle,
  type TokenSpans,
  type UpdateReport,
  type UpdateRequest,
} from './peer'
import type { LoraOptions } from './train/lora'
import { type PeftAdapter, peftAdapter, torchModelOf } from './train/peft'
import { plainVoice, type Voice } from './voice'

export interface LocalPeersOptions extends BaseOptions {
  /** At least one id, all different. */
  readonly ids: readonly string[]
  /**
   * Members of `ids` that think before they answer; none by default. Their chat template must make the model
   * think.
   */
  readonly thinking?: readonly string[]
  /**
   * Gives each peer another one for its discussions, with an adapter of its own (`separate`) or none (`base`).
   */
  readonly discussion?: 'separate' | 'base'
  /** Decides each peer's starting adapter, together with its id. */
  readonly seed: number
  readonly read: ReadFile
  /** Store of passed self-tests, with WebGPU. Without it the graphics card is trusted (see `selfTest`). */
  readonly selfTestStore?: DeviceStore
  /** Gets fractions in [0, 1]. */
  readonly onProgress?: (fraction: number) => void
}

/** Loads one peer into this thread, on its own weights. @throws as `loadLocalPeers` */
export async function loadLocalPeer({
  id,
  ...options
}: Omit<LocalPeersOptions, 'ids'> & { readonly id: string }): Promise<Peer> {
  const [peer] = await loadLocalPeers({ ...options, ids: [id] })
  return peer
}

/**
 * Loads peers of one model folder into this thread: one set of weights, and an adapter for each peer. A peer
 * computes the same as it would alone, and calls on different peers may overlap. The weights are freed with
 * the last peer.
 * @returns the peers in the order of `ids`
 * @throws ColloquyError `model-file`, `model-architecture`, `backend`, `limit` or `memory`; `config` where
 * `thinking` names a peer whose model cannot think
 */
export async function loadLocalPeers(options: LocalPeersOptions): Promise<Peer[]> {
  if (options.ids.length === 0) throw new RangeError('weights are loaded for at least one peer')
  const report = options.onProgress ?? (() => {})
  const folder = await openModelFolder(options.read, options.source, {
    dtype: options.dtype,
    onProgress: (_, read, files) => report(read / files / 2),
  })
  const voices = await voicesOf(folder, options)
  const model = {
    config: folder.config,
    lora: { rank: options.loraRank, alpha: options.loraAlpha },
    source: options.source,
  }
  const { notice, ...device } = await testedDevice(options, folder.config)
  const base = await loadBase(folder, { ...options, ...device })
  return keeping(async (scope) => {
    const peers: Peer[] = []
    const { seed, discussion } = options
    for (const [i, id] of options.ids.entries()) {
      const open = async (writer: string, trains: boolean, other?: Peer) => {
        const engine = scope.hold(await base.engine({ id: writer, seed, trains }), (made) => made.close())
        const facts = { fingerprint: folder.fingerprint(), notice }
        return new LocalPeer(writer, voices[i], folder.stopIds, engine, model, facts, other)
      }
      const other = discussion && (await open(discussionId(id), discussion === 'separate'))
      peers.push(await open(id, true, other))
    }
    report(1)
    return peers
  })
}

/** Returns what computes correctly here in place of a WebGPU that does not, and the notice about it. */
async function testedDevice(
  { backend, dtype, selfTestStore }: LocalPeersOptions,
  config: ModelConfig,
): Promise<Pick<BaseOptions, 'backend' | 'f16'> & { readonly notice?: string }> {
  if (backend !== 'webgpu' || !selfTestStore) return { backend }
  const { selfTest } = await import('./self_test/self_test')
  const { use, notice } = await selfTest(allowsF16(dtype, config) ? 'f16' : 'f32', selfTestStore)
  return { backend: use === 'wasm' ? 'wasm' : 'webgpu', f16: use === 'f16', notice: notice ?? undefined }
}

/** Returns a voice for each peer: a chat where the folder has a chat template. */
async function voicesOf(
  folder: OpenFolder,
  { ids, source, thinking = [] }: LocalPeersOptions,
): Promise<Voice[]> {
  const tokenizer = new Tokenizer(folder.tokenizerJson, folder.tokenizerConfig)
  const template = chatTemplateOf(folder)
  return Promise.all(
    ids.map((id) => {
      const thinks = thinking.includes(id)
      if (template !== null) return chatVoice(tokenizer, folder, template, { source, thinking: thinks })
      if (thinks) throw noThinking(source)
      return plainVoice(tokenizer, folder.stopIds)
    }),
  )
}

/** Facts about the model that an exported adapter names. */
interface ModelFacts {
  readonly config: ModelConfig
  readonly lora: LoraOptions
  readonly source: string
}

class LocalPeer implements Peer {
  constructor(
    readonly id: string,
    private readonly voice: Voice,
    private readonly stopIds: readonly number[],
    private readonly engine: Engine,
    private readonly model: ModelFacts,
    private readonly facts: { readonly fingerprint: string; readonly notice?: string },
    readonly discussion?: Peer,
  ) {}

  get promptStyle(): PromptStyle {
    return this.voice.promptStyle
  }

  get fingerprint(): string {
    return this.facts.fingerprint
  }

  get notice(): string | undefined {
    return this.facts.notice
  }

  get determinism(): Determinism {
    return this.engine.determinism
  }

  async generate(request: GenerateRequest, onText?: OnText): Promise<Completion[]> {
    const encoded = new Map<string, number[]>()
    const rows = request.samples.map(({ prompt, key }) => {
      const promptIds = encoded.get(prompt) ?? this.voice.prompt(prompt)
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
        stops: this.stopIds,
      },
      (row, ids) => {
        if (row !== 0 || !onText) return
        first.push(...ids)
        const text = this.voice.text(first)
        if (text.startsWith(shown) && text.length > shown.length) {
          onText([{ row, text: text.slice(shown.length) }])
          shown = text
        }
      },
    )
    return decoded.map((completion, i) => ({
      ...completion,
      promptIds: rows[i].promptIds,
      text: this.voice.text(completion.ids),
    }))
  }

  async encode(texts: readonly string[]): Promise<number[][]> {
    return texts.map((text) => this.voice.answer(text))
  }

  async spans(completions: readonly (readonly number[])[]): Promise<TokenSpans[]> {
    return completions.map((ids) => tokenSpans(this.voice, ids))
  }

  advantages(requests: readonly AdvantageRequest[]): Promise<AdvantageReport[]> {
    return Promise.all(requests.map((request) => this.engine.advantages(request)))
  }
  update(request: UpdateRequest): Promise<UpdateReport> {
    return this.engine.policy.update(request)
  }
  hashParameters(hash: HashState): Promise<HashState> {
    return this.engine.hashParameters(hash)
  }
  adapterState(): Promise<AdapterState> {
    return this.engine.state()
  }
  restore(state: AdapterState): Promise<void> {
    return this.engine.restore(state)
  }
  async exportAdapter(): Promise<PeftAdapter> {
    const { parameters } = await this.engine.state()
    return peftAdapter(this.model.config, this.model.lora, parameters, torchModelOf(this.model.source))
  }
  async close(): Promise<void> {
    await Promise.all([this.engine.close(), this.discussion?.close()])
  }
}
