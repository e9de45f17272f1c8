/** A peer's adapter as PEFT, and all that reads PEFT's adapters, wants it. */
import { transposed } from '../../matrix/matrix'
import { HUB_NAMES, LINEARS, type Linear, type ModelConfig } from '../import/config'
import { type NamedTensor, writeSafetensors } from '../import/safetensors'
import { type LoraOptions, loraLayout } from './lora'

/** `adapter_config.json` and the bytes of `adapter_model.safetensors`. */
export interface PeftAdapter {
  readonly config: Readonly<Record<string, unknown>>
  readonly weights: Uint8Array<ArrayBuffer>
}

/**
 * y = x W^T + (alpha / r) (x A) B with A (in, r) and B (r, out) is PEFT's y = W x + (alpha / r) lora_B lora_A x, with lora_A the
 * transpose of A and lora_B that of B.
 * @param parameters as `AdapterState` has them, one flat array a layer
 * @param base the model it is for, as PEFT names it
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

/** Who keeps the originals of the families that onnx-community has converted. */
const AUTHORS: readonly (readonly [RegExp, string])[] = [
  [/^Qwen/i, 'Qwen'],
  [/^(?:Meta-)?Llama/i, 'meta-llama'],
  [/^SmolLM/i, 'HuggingFaceTB'],
]

/**
 * The repository of the weights in PyTorch's form that belong to a peer's model folder: of `hub:onnx-community/…` the authors', as
 * far as it is a family known here; of every other source its own name.
 */
export function torchModelOf(source: string): string {
  const id = source.replace(/^hub:/, '').replace(/@[^/@]*$/, '')
  const converted = /^onnx-community\/(.+?)(?:-ONNX(?:-\w+)?)?$/.exec(id)?.[1]
  const author = AUTHORS.find(([family]) => family.test(converted ?? ''))?.[1]
  return converted !== undefined && author !== undefined ? `${author}/${converted}` : id
}
