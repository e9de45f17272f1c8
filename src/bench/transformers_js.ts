import { AutoModelForCausalLM, AutoTokenizer, env, type Tensor } from '@huggingface/transformers'
import type { Dtype } from '../model/import/folder_files'
import type { Backend } from '../model/runtime'

export type HubTokenizer = Awaited<ReturnType<typeof AutoTokenizer.from_pretrained>>
export type HubModel = Awaited<ReturnType<typeof AutoModelForCausalLM.from_pretrained>>

/** What the tokenizer gives and the model takes: input_ids and attention_mask, (B, S) i64. */
export type HubInputs = Readonly<Record<'input_ids' | 'attention_mask', Tensor>>

/**
 * A model folder as transformers.js itself loads it: tokenizer and model, with its own engine. Nothing comes from
 * a network: folders lie under `base`, a path of this server that ends in a slash (a whole URL counts as remote there),
 * and its ONNX Runtime is the one of this page.
 * @throws whatever transformers.js throws where it cannot load the folder
 */
export async function loadWithTransformersJs(
  base: string,
  source: string,
  backend: Backend,
  threads: number,
  dtype: Dtype = 'q4',
): Promise<{ tokenizer: HubTokenizer; model: HubModel }> {
  env.allowRemoteModels = false
  env.allowLocalModels = true
  env.localModelPath = base
  env.useBrowserCache = false
  env.useWasmCache = false
  const { wasm } = env.backends.onnx
  if (!wasm) throw new TypeError('transformers.js has no ONNX Runtime for the web')
  // Importing transformers.js points this at a CDN; unset, the files beside ONNX Runtime's own script are taken.
  wasm.wasmPaths = undefined
  wasm.numThreads = threads
  const tokenizer = await AutoTokenizer.from_pretrained(source)
  const model = await AutoModelForCausalLM.from_pretrained(source, { dtype, device: backend })
  return { tokenizer, model }
}
