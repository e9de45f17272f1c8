import { random, Tensor } from '@huggingface/transformers'
import { serveInBrowser } from '../../workers/browser/browser_worker'
import type { Dtype } from '../model/import/folder_files'
import type { Backend } from '../model/runtime'
import { type HubInputs, type HubModel, type HubTokenizer, loadWithTransformersJs } from './transformers_js'

export interface HubRequest {
  /** Texts, or ids of equally many tokens. */
  readonly prompts: readonly string[] | readonly (readonly number[])[]
  readonly maxNewTokens: number
  /** False is greedy. */
  readonly sample: boolean
  readonly seed: number
}

export interface HubCompletions {
  readonly texts: readonly string[]
  /** Tokens up to each row's stop, the stop included. */
  readonly tokens: number
}

/** The calls of the worker in which transformers.js runs. */
export interface HubApi {
  load(base: string, source: string, backend: Backend, threads: number, dtype?: Dtype): Promise<void>
  generate(request: HubRequest): Promise<HubCompletions>
}

let loaded: { tokenizer: HubTokenizer; model: HubModel } | undefined

function inputsOf(tokenizer: HubTokenizer, prompts: HubRequest['prompts']): HubInputs {
  const texts = prompts.filter((prompt) => typeof prompt === 'string')
  if (texts.length > 0) return tokenizer(texts, { padding: true }) as HubInputs
  const ids = prompts.filter((prompt) => typeof prompt !== 'string')
  const tensor = (values: readonly number[]) =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [ids.length, ids[0].length])
  return { input_ids: tensor(ids.flat()), attention_mask: tensor(ids.flat().map(() => 1)) }
}

const api: HubApi = {
  async load(...model) {
    loaded = await loadWithTransformersJs(...model)
  },
  async generate({ prompts, maxNewTokens, sample, seed }) {
    if (!loaded) throw new Error('load a model first')
    const { tokenizer, model } = loaded
    random.seed(seed)
    const inputs = inputsOf(tokenizer, prompts)
    const sequences = await model.generate({
      ...inputs,
      max_new_tokens: maxNewTokens,
      do_sample: sample,
      temperature: 1,
      // 0 is all of them: 50 is its default.
      top_k: 0,
    })
    if (!(sequences instanceof Tensor)) throw new TypeError('generate() gave no tensor')
    const stops = new Set([model.generation_config?.eos_token_id].flat())
    const rows: number[][] = sequences
      .tolist()
      .map((row: bigint[]) => row.slice(inputs.input_ids.dims[1]).map(Number))
    const kept = rows.map((row) => {
      const stop = row.findIndex((id) => stops.has(id))
      return stop < 0 ? row : row.slice(0, stop + 1)
    })
    return {
      texts: tokenizer.batch_decode(kept, { skip_special_tokens: true }),
      tokens: kept.flat().length,
    }
  },
}

serveInBrowser(api)
