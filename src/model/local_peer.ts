import { Tokenizer } from '@huggingface/tokenizers'
import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import { type BaseOptions, loadBase } from './base'
import type { Engine } from './engine'
import { loadModelFolder, type ReadFile } from './folder'
import type {
  AdapterState,
  Completion,
  GenerateRequest,
  OnText,
  Peer,
  UpdateReport,
  UpdateRequest,
} from './peer'

export interface LocalPeersOptions extends BaseOptions {
  /** At least one, all different. */
  readonly ids: readonly string[]
  /** Decides each peer's starting adapter, together with its id. */
  readonly seed: number
  readonly read: ReadFile
  /** Fractions in [0, 1]. */
  readonly onProgress?: (fraction: number) => void
}

/** Loads one peer into this thread, on weights of its own. @throws as `loadLocalPeers` */
export async function loadLocalPeer({
  id,
  ...options
}: Omit<LocalPeersOptions, 'ids'> & { readonly id: string }): Promise<Peer> {
  const [peer] = await loadLocalPeers({ ...options, ids: [id] })
  return peer
}

/**
 * Loads peers of one model folder into this thread: one set of weights, an adapter for each. Each is what it would
 * be alone, and calls on different ones may overlap. The weights are freed when the last peer is closed.
 * @returns the peers in the order of `ids`
 * @throws ColloquyError `model-file`, `model-architecture`, `backend`, `limit` or `memory`
 */
export async function loadLocalPeers(options: LocalPeersOptions): Promise<Peer[]> {
  if (options.ids.length === 0) throw new RangeError('weights are loaded for at least one peer')
  const report = options.onProgress ?? (() => {})
  const folder = await loadModelFolder(options.read, options.source, (_, read, files) =>
    report(read / files / 2),
  )
  const { tokenizerJson, tokenizerConfig, stopIds } = folder
  const tokenizer = new Tokenizer(tokenizerJson, tokenizerConfig)
  const base = await loadBase(folder, options)
  const peers: Peer[] = []
  try {
    for (const id of options.ids)
      peers.push(new LocalPeer(id, tokenizer, stopIds, await base.engine({ id, seed: options.seed })))
  } catch (error) {
    await Promise.all(peers.map((peer) => peer.close()))
    throw error
  }
  report(1)
  return peers
}

class LocalPeer implements Peer {
  constructor(
    readonly id: string,
    private readonly tokenizer: Tokenizer,
    private readonly stopIds: readonly number[],
    private readonly engine: Engine,
  ) {}

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
        stops: this.stopIds,
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

  async encode(texts: readonly string[]): Promise<number[][]> {
    return texts.map((text) => [...this.tokenizer.encode(text).ids, ...this.stopIds.slice(0, 1)])
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
