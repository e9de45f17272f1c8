/** Exports a peer's adapter in PEFT's format. */
import { transposed } from '../../matrix/matrix'
import { HUB_NAMES, LINEARS, type Linear, type ModelConfig } from '../import/config'
import { type NamedTensor, writeSafetensors } from '../import/safetensors'
import { type LoraOptions, loraLayout } from './lora'

/** Content of `adapter_config.json` and bytes of `adapter_model.safetensors`. */
export interface PeftAdapter {
  readonly config: Readonly<Record<string, unknown>>
  readonly weights: Uint8Array<ArrayBuffer>
}

/**
 * Converts an adapter. y = x W^T + (alpha / r) (x A) B with A (in, r) and B (r, out) is PEFT's y = W x +
 * (alpha / r) lora_B lora_A x, with lora_A the transpose of A and lora_B that of B.
 * @param parameters as in `AdapterState`, one flat array per layer
 * @param base PEFT's name of the model
 */
export function peftAdapter(
  model: ModelConfig,
  { rank, alpha }: LoraOptions,
  parameters: readonly Float32Array[],
  base: string,
): PeftAdapter {
  const { tensors } = loraLayout(model, rank)
  const named = parameters.flatMap((flat, layer) =>
    tensors.map(({ name, offset, shape }): NamedTensor => {
      const [which, factor] = name.split('.') as [Linear, 'a' | 'b']
      const [rows, columns] = shape
      const module = `base_model.model.model.layers.${layer}.${HUB_NAMES[which]}`
      return {
        name: `${module}.lora_${factor === 'a' ? 'A' : 'B'}.weight`,
        shape: [columns, rows],
        data: transposed(flat.subarray(offset, offset + rows * columns), rows, columns),
      }
    }),
  )
  return {
    config: {
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: base,
      r: rank,
      lora_alpha: alpha,
      lora_dropout: 0,
      target_modules: LINEARS.map((which) => HUB_NAMES[which].split('.')[1]),
      bias: 'none',
      fan_in_fan_out: false,
      use_rslora: false,
      use_dora: false,
      init_lora_weights: true,
      inference_mode: true,
    },
    weights: writeSafetensors(named),
  }
}

/** Organizations of the original models that onnx-community has converted, by family. */
const AUTHORS: readonly (readonly [RegExp, string])[] = [
  [/^Qwen/i, 'Qwen'],
  [/^(?:Meta-)?Llama/i, 'meta-llama'],
  [/^SmolLM/i, 'HuggingFaceTB'],
]

/**
 * Returns the repository of the PyTorch weights of a peer's model folder: the authors' repository for
 * `hub:onnx-community/…` of a known family, the source's own name otherwise.
 */
export function torchModelOf(source: string): string {
  const id = source.replace(/^hub:/, '').replace(/@[^/@]*$/, '')
  const converted = /^onnx-community\/(.+?)(?:-ONNX(?:-\w+)?)?$/.exec(id)?.[1]
  const author = AUTHORS.find(([family]) => family.test(converted ?? ''))?.[1]
  return converted !== undefined && author !== undefined ? `${author}/${converted}` : id
}
