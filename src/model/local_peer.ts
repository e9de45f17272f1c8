import { Tokenizer } from '@huggingface/tokenizers'
import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import { createEngine, type Engine, type EngineOptions } from './engine'
import { loadModelFolder, type ModelFolder, type ReadFile } from './folder'
import type {
  AdapterState,
  Completion,
  GenerateRequest,
  OnText,
  Peer,
  UpdateReport,
  UpdateRequest,
} from './peer'

export interface LocalPeerOptions extends EngineOptions {
  readonly read: ReadFile
  /** Fractions in [0, 1]. */
  readonly onProgress?: (fraction: number) => void
}

/**
 * Loads a peer into this thread.
 * @throws ColloquyError `model-file`, `model-architecture`, `backend`, `limit` or `memory`
 */
export async function loadLocalPeer(options: LocalPeerOptions): Promise<Peer> {
  const report = options.onProgress ?? (() => {})
  const folder = await loadModelFolder(options.read, options.source, (_, read, files) =>
    report(read / files / 2),
  )
  const engine = await createEngine(folder, options)
  report(1)
  return new LocalPeer(options.id, folder, engine)
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
