/** What an ONNX file has to yield for a config: every weight, the tensors it is made of, and where it goes. Plain data, checked. */

import { elementCount, type GraphDescription, type TensorData } from '../onnx/proto'
import { type Linear, linearShape, type ModelConfig } from './config'
import { unsupportedWeight, wrongWeight } from './import_errors'
import { type StoredMatrix, WeightGraph } from './import_graph'

/** A matrix or a vector, and the weights it is cut into along its output. */
export type PlannedWeight = {
  /** Names of the tensors it is made of. */
  readonly tensors: readonly string[]
  readonly slots: readonly { readonly slot: string; readonly out: number }[]
} & (
  | { readonly kind: 'vector' }
  | { readonly kind: 'matrix'; readonly stored: StoredMatrix; readonly shape: Shape }
)

/** The tensors a weight is made of, with their data. */
export type Tensors = (name: string) => TensorData

export interface Shape {
  readonly out: number
  readonly in: number
}

/**
 * Slots are `embedding`, `head` (where it is not the embedding), `finalNorm`, and of every layer `{i}.q` and so on,
 * `{i}.q.bias`, `{i}.attentionNorm`, `{i}.mlpNorm`, `{i}.qNorm`, `{i}.kNorm`.
 * @param what the file, for errors
 * @throws ColloquyError 'model-file' naming the tensor that is missing or of another shape, 'model-architecture'
 *   where it is stored in a way, or there is an operator or a bias, that this engine lacks.
 */
export function planWeights(graph: GraphDescription, config: ModelConfig, what: string): PlannedWeight[] {
  const file = new WeightGraph(graph, what)
  const plan = new Plan(file, what)
  const table = { out: config.vocabSize, in: config.hiddenSize }
  const embedding = file.embedding()
  plan.matrix(embedding, table, [{ slot: 'embedding', out: table.out }])
  for (let i = 0; i < config.layers; i++) planLayer(plan, file, config, i)
  const norms = ['model.norm.weight', `model.layers.${config.layers}.final_norm_layernorm.weight`]
  plan.vector(file.norm(config.hiddenSize, norms, '/model/norm/'), [
    { slot: 'finalNorm', out: config.hiddenSize },
  ])
  if (!config.tiedEmbeddings || file.has('lm_head')) {
    const head = plan.linear('lm_head', table)
    // A head made of the embedding's own tensors is the embedding, whatever lies in between.
    if (JSON.stringify(head) !== JSON.stringify(embedding))
      plan.matrix(head, table, [{ slot: 'head', out: table.out }])
  }
  return plan.weights
}

function planLayer(plan: Plan, file: WeightGraph, config: ModelConfig, i: number): void {
  const together = (name: string, linears: readonly Linear[]) => {
    const slots = linears.map((which) => ({ slot: `${i}.${which}`, out: linearShape(config, which).out }))
    const shape = {
      in: linearShape(config, linears[0]).in,
      out: slots.reduce((sum, { out }) => sum + out, 0),
    }
    plan.matrix(plan.linear(`${i}.${name}`, shape), shape, slots)
  }
  const separately = (linears: readonly Linear[]) => {
    for (const which of linears) together(which, [which])
  }
  if (file.has(`${i}.qkv`)) together('qkv', ['q', 'k', 'v'])
  else separately(['q', 'k', 'v'])
  if (file.has(`${i}.gate_up`)) together('gate_up', ['gate', 'up'])
  else separately(['gate', 'up'])
  separately(['o', 'down'])

  const layer = `model.layers.${i}`
  const norm = (slot: string, out: number, path: string, names: readonly string[]) =>
    plan.vector(file.norm(out, names, `/layers.${i}/${path}/`), [{ slot: `${i}.${slot}`, out }])
  norm('attentionNorm', config.hiddenSize, 'input_layernorm', [`${layer}.input_layernorm.weight`])
  norm('mlpNorm', config.hiddenSize, 'post_attention_layernorm', [`${layer}.post_attention_layernorm.weight`])
  if (config.qkNorm)
    for (const which of ['q', 'k'])
      norm(`${which}Norm`, config.headDim, `self_attn/${which}_norm`, [
        `${layer}.self_attn.${which}_norm.weight`,
        `${layer}.attn.${which}_norm.layernorm.weight`,
      ])
  planBiases(plan, file, config, i)
}

function planBiases(plan: Plan, file: WeightGraph, config: ModelConfig, i: number): void {
  const biases = (linears: readonly ('q' | 'k' | 'v')[]) =>
    linears.map((which) => ({ slot: `${i}.${which}.bias`, out: linearShape(config, which).out }))
  const together = file.bias(`${i}.qkv`) !== undefined
  const wanted = !config.qkvBias ? [] : together ? ['qkv'] : ['q', 'k', 'v']
  for (const key of file.biased()) {
    const [layer, which] = key.split('.')
    if (layer === `${i}` && !wanted.includes(which)) throw plan.unexpectedBias(key, config)
  }
  if (!config.qkvBias) return
  if (together) plan.vector(file.bias(`${i}.qkv`) ?? '', biases(['q', 'k', 'v']))
  else
    for (const which of ['q', 'k', 'v'] as const)
      plan.vector(
        file.bias(`${i}.${which}`) ?? `model.layers.${i}.self_attn.${which}_proj.bias`,
        biases([which]),
      )
}

class Plan {
  readonly weights: PlannedWeight[] = []

  constructor(
    private readonly file: WeightGraph,
    private readonly what: string,
  ) {}

  vector(tensor: string, slots: PlannedWeight['slots']): void {
    this.floats(tensor, [slots.reduce((sum, { out }) => sum + out, 0)])
    this.weights.push({ kind: 'vector', tensors: [tensor], slots })
  }

  linear(linear: string, shape: Shape): StoredMatrix {
    const stored = this.file.linear(linear)
    const stated = this.file.statedShape(linear)
    if (stated && (stated.in !== shape.in || stated.out !== shape.out))
      throw this.wrong(namesOf(stored)[0], `(${stated.out}, ${stated.in})`, `(${shape.out}, ${shape.in})`)
    return stored
  }

  matrix(stored: StoredMatrix, shape: Shape, slots: PlannedWeight['slots']): void {
    const dense = (transposed: boolean) => (transposed ? [shape.in, shape.out] : [shape.out, shape.in])
    if (stored.kind === 'floats') this.floats(stored.tensor, dense(stored.transposed))
    else if (stored.kind === 'blocks') this.blocks(stored, shape)
    else {
      this.expect(stored.tensor, ['u8', 'i8'], dense(stored.transposed))
      this.onePerOutput(stored.scale, shape.out)
      if (stored.zeroPoint) this.onePerOutput(stored.zeroPoint, shape.out)
    }
    this.weights.push({ kind: 'matrix', stored, shape, slots, tensors: namesOf(stored) })
  }

  private floats(name: string, shape: readonly number[]): void {
    this.expect(name, ['f32', 'f16'], shape)
  }

  private expect(name: string, types: readonly string[], shape: readonly number[]): void {
    const tensor = this.file.tensor(name)
    if (!types.includes(tensor.type) || tensor.shape.join() !== shape.join())
      throw this.wrong(name, show(tensor), `${types.join(' or ')} (${shape.join(', ')})`)
  }

  private blocks(stored: Extract<StoredMatrix, { kind: 'blocks' }>, shape: Shape): void {
    const { bits, blockSize } = stored
    const count = Math.ceil(shape.in / blockSize)
    const wanted = [shape.out, count, (blockSize * bits) / 8]
    const packed = this.file.tensor(stored.packed)
    if (packed.type !== 'u8' || elementCount(packed.shape) !== elementCount(wanted))
      throw this.wrong(stored.packed, show(packed), `u8 (${wanted.join(', ')})`)
    const scales = this.file.tensor(stored.scales)
    if (!isFloat(scales) || elementCount(scales.shape) !== shape.out * count)
      throw this.wrong(stored.scales, show(scales), `${shape.out * count} f32 or f16 scales`)
    if (!stored.zeroPoints) return
    const points = this.file.tensor(stored.zeroPoints)
    const size = isFloat(points) ? count : Math.ceil((count * bits) / 8)
    if ((!isFloat(points) && points.type !== 'u8') || elementCount(points.shape) !== shape.out * size)
      throw this.wrong(stored.zeroPoints, show(points), `${shape.out * size} zero points`)
  }

  private onePerOutput(name: string, out: number): void {
    const { shape } = this.file.tensor(name)
    const count = elementCount(shape)
    if (count !== 1 && count !== out)
      throw unsupportedWeight(
        `${this.what}, tensor "${name}"`,
        `${count} values`,
        `1, or ${out}: one per output`,
      )
  }

  unexpectedBias(linear: string, { modelType, qkvBias }: ModelConfig) {
    const wanted = qkvBias ? 'biases on q, k, v only' : 'no biases'
    return unsupportedWeight(`${this.what}, weight ${linear}`, `a bias in a ${modelType} model`, wanted)
  }

  private wrong(tensor: string, found: string, wanted: string) {
    return wrongWeight(`${this.what}, tensor "${tensor}"`, found, wanted)
  }
}

function namesOf(stored: StoredMatrix): string[] {
  const names =
    stored.kind === 'floats'
      ? [stored.tensor]
      : stored.kind === 'blocks'
        ? [stored.packed, stored.scales, stored.zeroPoints]
        : [stored.tensor, stored.scale, stored.zeroPoint]
  return names.filter((name): name is string => name !== null)
}

function isFloat({ type }: TensorData): boolean {
  return type === 'f32' || type === 'f16'
}

function show(tensor: TensorData): string {
  return `${tensor.type} (${tensor.shape.join(', ')})`
}
