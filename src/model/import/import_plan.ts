/**
 * Plans the import of an ONNX file for a config: every weight, its tensors and its slot. Plain data, checked.
 */

import { elementCount, type GraphDescription, type TensorData } from '../../onnx/proto'
import { familyOf } from '../families/families'
import type { LinearSlot, TableSlot, VectorSlot } from '../weights/weight_source'
import { LAYER_NORMS, type Linear, linearShape, type ModelConfig, qkNormSize } from './config'
import { unsupportedWeight, wrongWeight } from './import_fields'
import { type StoredMatrix, type StoredNorm, WeightGraph } from './import_graph'

/** A planned weight: a table, or a matrix or vector with the weights it is cut into along its output. */
export type PlannedWeight = {
  /** Names of its tensors. */
  readonly tensors: readonly string[]
} & (
  | {
      readonly kind: 'vector'
      readonly slots: Slots<VectorSlot>
      /** Added to every value: 1 for a norm that the file multiplies by (1 + w), 0 otherwise. */
      readonly added: 0 | 1
    }
  | {
      readonly kind: 'linears'
      readonly slots: Slots<LinearSlot>
      readonly stored: StoredMatrix
      readonly shape: Shape
    }
  | { readonly kind: 'table'; readonly slot: TableSlot; readonly stored: StoredMatrix; readonly shape: Shape }
)

type Slots<Slot> = readonly { readonly slot: Slot; readonly out: number }[]

/** Returns a tensor with its data, by name. */
export type Tensors = (name: string) => TensorData

export interface Shape {
  readonly out: number
  readonly in: number
}

/**
 * Plans all weights. A head with other tensors than the embedding is planned separately, even if their values
 * are equal.
 * @param what the file's name, for errors
 * @throws ColloquyError 'model-file' with the name of a tensor that is missing or has another shape,
 * 'model-architecture' where the engine lacks a tensor's storage, an operator or a bias.
 */
export function planWeights(graph: GraphDescription, config: ModelConfig, what: string): PlannedWeight[] {
  const file = new WeightGraph(graph, what)
  const plan = new Plan(file, what)
  const table = { out: config.vocabSize, in: config.hiddenSize }
  const embedding = file.embedding()
  const head = !config.tiedEmbeddings || file.has('lm_head') ? file.linear('lm_head') : embedding
  // A head made of the embedding's tensors is the embedding, whatever nodes lie between.
  const tied = JSON.stringify(head) === JSON.stringify(embedding)
  plan.table(tied ? 'tied' : 'embedding', embedding, table)
  for (let i = 0; i < config.layers; i++) planLayer(plan, file, config, i)
  const norms = ['model.norm.weight', `model.layers.${config.layers}.final_norm_layernorm.weight`]
  plan.norm(file.norm(config.hiddenSize, norms, '/model/norm/'), 'finalNorm', config.hiddenSize)
  if (!tied) plan.table('head', plan.linear('lm_head', table), table)
  return plan.weights
}

function planLayer(plan: Plan, file: WeightGraph, config: ModelConfig, i: number): void {
  const together = (name: string, linears: readonly Linear[]) => {
    const slots = linears.map((which) => ({
      slot: `${i}.${which}` as const,
      out: linearShape(config, which).out,
    }))
    const shape = {
      in: linearShape(config, linears[0]).in,
      out: slots.reduce((sum, { out }) => sum + out, 0),
    }
    plan.linears(plan.linear(`${i}.${name}`, shape), shape, slots)
  }
  const separately = (linears: readonly Linear[]) => {
    for (const which of linears) together(which, [which])
  }
  if (file.has(`${i}.qkv`)) together('qkv', ['q', 'k', 'v'])
  else separately(['q', 'k', 'v'])
  if (file.has(`${i}.gate_up`)) together('gate_up', ['gate', 'up'])
  else separately(['gate', 'up'])
  separately(['o', 'down'])

  planNorms(plan, file, config, i)
  planBiases(plan, file, config, i)
}

function planNorms(plan: Plan, file: WeightGraph, config: ModelConfig, i: number): void {
  const { norms, qkNorm } = familyOf(config)
  const layer = `model.layers.${i}`
  for (const slot of LAYER_NORMS) {
    const module = norms[slot]
    if (module === undefined) continue
    const found = file.norm(config.hiddenSize, [`${layer}.${module}.weight`], `/layers.${i}/${module}/`)
    plan.norm(found, `${i}.${slot}`, config.hiddenSize)
  }
  if (!qkNorm) return
  for (const which of ['q', 'k'] as const) {
    const size = qkNormSize(config, which, qkNorm)
    const names = [`${layer}.self_attn.${which}_norm.weight`, `${layer}.attn.${which}_norm.layernorm.weight`]
    plan.norm(file.norm(size, names, `/layers.${i}/self_attn/${which}_norm/`), `${i}.${which}Norm`, size)
  }
}

function planBiases(plan: Plan, file: WeightGraph, config: ModelConfig, i: number): void {
  const biases = (linears: readonly ('q' | 'k' | 'v')[]) =>
    linears.map((which) => ({ slot: `${i}.${which}.bias` as const, out: linearShape(config, which).out }))
  const together = file.bias(`${i}.qkv`) !== undefined
  const { qkvBias } = familyOf(config)
  const wanted = !qkvBias ? [] : together ? ['qkv'] : ['q', 'k', 'v']
  for (const key of file.biased()) {
    const [layer, which] = key.split('.')
    if (layer === `${i}` && !wanted.includes(which)) throw plan.unexpectedBias(key, config)
  }
  if (!qkvBias) return
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

  vector(tensor: string, slots: Slots<VectorSlot>, added: 0 | 1 = 0): void {
    this.floats(tensor, [slots.reduce((sum, { out }) => sum + out, 0)])
    this.weights.push({ kind: 'vector', tensors: [tensor], slots, added })
  }

  norm({ tensor, added }: StoredNorm, slot: VectorSlot, out: number): void {
    this.vector(tensor, [{ slot, out }], added)
  }

  linear(linear: string, shape: Shape): StoredMatrix {
    const stored = this.file.linear(linear)
    const stated = this.file.statedShape(linear)
    if (stated && (stated.in !== shape.in || stated.out !== shape.out))
      throw this.wrong(namesOf(stored)[0], `(${stated.out}, ${stated.in})`, `(${shape.out}, ${shape.in})`)
    return stored
  }

  table(slot: TableSlot, stored: StoredMatrix, shape: Shape): void {
    this.check(stored, shape)
    this.weights.push({ kind: 'table', slot, stored, shape, tensors: namesOf(stored) })
  }

  linears(stored: StoredMatrix, shape: Shape, slots: Slots<LinearSlot>): void {
    this.check(stored, shape)
    this.weights.push({ kind: 'linears', stored, shape, slots, tensors: namesOf(stored) })
  }

  private check(stored: StoredMatrix, shape: Shape): void {
    const dense = (transposed: boolean) => (transposed ? [shape.in, shape.out] : [shape.out, shape.in])
    if (stored.kind === 'floats') this.floats(stored.tensor, dense(stored.transposed))
    else if (stored.kind === 'blocks') this.blocks(stored, shape)
    else {
      this.expect(stored.tensor, ['u8', 'i8'], dense(stored.transposed))
      this.onePerOutput(stored.scale, shape.out)
      if (stored.zeroPoint) this.onePerOutput(stored.zeroPoint, shape.out)
    }
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

  unexpectedBias(linear: string, config: ModelConfig) {
    const { modelType } = config
    const wanted = familyOf(config).qkvBias ? 'biases on q, k, v only' : 'no biases'
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
