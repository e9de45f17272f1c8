/** Exports a peer's adapter in PEFT's format. */
import { transposed } from '../../matrix/matrix'
import { FAMILIES, familyOf } from '../families/families'
import { LINEARS, linearShape, type ModelConfig } from '../import/config'
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
  const modules = peftModules(model, rank)
  const named = parameters.flatMap((flat, layer) =>
    modules.flatMap((module): NamedTensor[] => {
      const name = `base_model.model.model.layers.${layer}.${module.name}`
      const { inner, width, out } = module
      const a = new Float32Array(inner * width)
      const b = new Float32Array(out * inner)
      for (const { from, at, row, outs } of module.linears) {
        const first = flat.subarray(from.a, from.a + width * rank)
        const second = flat.subarray(from.b, from.b + rank * outs)
        a.set(transposed(first, width, rank), at * width)
        for (let o = 0; o < outs; o++)
          for (let r = 0; r < rank; r++) b[(row + o) * inner + at + r] = second[r * outs + o]
      }
      return [
        { name: `${name}.lora_A.weight`, shape: [inner, width], data: a },
        { name: `${name}.lora_B.weight`, shape: [out, inner], data: b },
      ]
    }),
  )
  // A module of several linears has their ranks side by side, with the same alpha / r.
  const wider = modules.filter(({ inner }) => inner > rank)
  const pattern = (value: (count: number) => number) =>
    Object.fromEntries(wider.map(({ name, linears }) => [name, value(linears.length)]))
  return {
    config: {
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: base,
      r: rank,
      lora_alpha: alpha,
      ...(wider.length > 0 && {
        rank_pattern: pattern((count) => count * rank),
        alpha_pattern: pattern((count) => count * alpha),
      }),
      lora_dropout: 0,
      target_modules: modules.map(({ name }) => name.split('.')[1]),
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

/**
 * Lists the modules of a layer's linears, as the family names them. Linears of one module are stacked: A side
 * by side, B along a diagonal.
 */
function peftModules(model: ModelConfig, rank: number) {
  const { modules } = familyOf(model)
  const { tensors } = loraLayout(model, rank)
  const offsetOf = (name: string) => tensors.find((tensor) => tensor.name === name)?.offset ?? 0
  return [...new Set(LINEARS.map((which) => modules[which]))].map((name) => {
    const members = LINEARS.filter((which) => modules[which] === name)
    let out = 0
    const linears = members.map((which, i) => {
      const outs = linearShape(model, which).out
      out += outs
      const from = { a: offsetOf(`${which}.a`), b: offsetOf(`${which}.b`) }
      return { from, at: i * rank, row: out - outs, outs }
    })
    return { name, linears, inner: members.length * rank, width: linearShape(model, members[0]).in, out }
  })
}

/**
 * Returns the repository of the PyTorch weights of a peer's model folder: the authors' repository for
 * `hub:onnx-community/…` of a known family, the source's own name otherwise.
 */
export function torchModelOf(source: string): string {
  const id = source.replace(/^hub:/, '').replace(/@[^/@]*$/, '')
  const converted = /^onnx-community\/(.+?)(?:-ONNX(?:-\w+)?)?$/.exec(id)?.[1]
  const authors = Object.values(FAMILIES).map((family) => family.authors)
  const author = authors.find(([names]) => names.test(converted ?? ''))?.[1]
  return converted !== undefined && author !== undefined ? `${author}/${converted}` : id
}
