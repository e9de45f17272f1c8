/** Weights out of the tensors of an ONNX file, as `import_plan.ts` says what they are made of. */

import type { ModelDescription } from '../onnx/proto'
import { LINEARS, type ModelConfig, perLinear } from './config'
import { blockMatrix, integerMatrix } from './import_blocks'
import { allFloats, holdsFloats, isTransposeOf, transposedFloats } from './import_floats'
import { WeightStream } from './import_parts'
import { type PlannedWeight, planWeights, type Tensors } from './import_plan'
import { BLOCK_SIZE, blockCount, dequantize } from './quantize'
import type { LayerWeights, Matrix, ModelWeights } from './weights'

type PlannedMatrix = Extract<PlannedWeight, { kind: 'matrix' }>

/**
 * @param model with all its data in memory (see `import_parts.ts` for files next to it)
 * @param what the file, for errors
 * @throws ColloquyError as `planWeights`
 */
export function importWeights(model: ModelDescription, config: ModelConfig, what: string): ModelWeights {
  const collected = new CollectedWeights(config)
  const stream = new WeightStream(model.graph, planWeights(model.graph, config, what), collected, what)
  if (stream.locations.length > 0) throw new RangeError('data lie in other files')
  return collected.finish()
}

/** Makes weights one after the other. They hold copies of the data they are given, or all of an array. */
export class CollectedWeights {
  private readonly vectors = new Map<string, Float32Array>()
  private readonly matrices = new Map<string, Matrix>()

  constructor(private readonly config: ModelConfig) {}

  add(planned: PlannedWeight, tensors: Tensors): void {
    if (planned.kind === 'vector') this.addVector(planned, tensors)
    else this.addMatrix(planned, tensors)
  }

  private addVector({ slots, tensors: [name] }: PlannedWeight, tensors: Tensors): void {
    const whole = allFloats(tensors(name))
    let first = 0
    for (const { slot, out } of slots) {
      this.vectors.set(slot, slots.length === 1 ? whole : whole.slice(first, first + out))
      first += out
    }
  }

  private addMatrix(planned: PlannedMatrix, tensors: Tensors): void {
    const { slots } = planned
    const embedding = this.matrices.get('embedding')
    // Seen before it is made: a second copy of the embedding is the largest thing in many a file.
    if (slots[0].slot === 'head' && embedding && holds(planned, tensors, embedding)) return
    const whole = matrixOf(planned, tensors)
    let first = 0
    for (const { slot, out } of slots) {
      this.matrices.set(slot, slots.length === 1 ? whole : rowsOf(whole, first, out))
      first += out
    }
  }

  /** What was added, once everything planned was. Layers store the same linear in the same format. */
  finish(): ModelWeights {
    for (const which of LINEARS)
      this.unify(Array.from({ length: this.config.layers }, (_, i) => `${i}.${which}`))
    const embedding = this.matrix('embedding')
    const head = this.matrices.get('head')
    return {
      embedding,
      layers: Array.from({ length: this.config.layers }, (_, i) => this.layer(i)),
      finalNorm: this.vector('finalNorm'),
      head: head && !sameValues(head, embedding) ? head : embedding,
    }
  }

  private unify(slots: readonly string[]): void {
    const formats = new Set(slots.map((slot) => formatOf(this.matrix(slot))))
    if (formats.size === 1) return
    for (const slot of slots) this.matrices.set(slot, dequantize(this.matrix(slot)))
  }

  private layer(i: number): LayerWeights {
    const [q, k, v] = ['q', 'k', 'v'].map((which) => this.vectors.get(`${i}.${which}.bias`))
    return {
      linears: perLinear((which) => this.matrix(`${i}.${which}`)),
      attentionNorm: this.vector(`${i}.attentionNorm`),
      mlpNorm: this.vector(`${i}.mlpNorm`),
      biases: q && k && v && { q, k, v },
      qNorm: this.vectors.get(`${i}.qNorm`),
      kNorm: this.vectors.get(`${i}.kNorm`),
    }
  }

  private matrix(slot: string): Matrix {
    const matrix = this.matrices.get(slot)
    if (!matrix) throw new RangeError(`${slot} was not added`)
    return matrix
  }
  private vector(slot: string): Float32Array {
    const vector = this.vectors.get(slot)
    if (!vector) throw new RangeError(`${slot} was not added`)
    return vector
  }
}

function matrixOf({ stored, shape, slots }: PlannedMatrix, tensors: Tensors): Matrix {
  if (stored.kind === 'blocks') return blockMatrix(stored, shape, tensors)
  // Nothing is gained by looking rows up in bytes: only products of blocks save memory traffic.
  if (stored.kind === 'integers') return integerMatrix(stored, shape, tensors, slots[0].slot === 'embedding')
  const tensor = tensors(stored.tensor)
  const data = stored.transposed ? transposedFloats(tensor, shape.out, shape.in) : allFloats(tensor)
  return { kind: 'f32', ...shape, data }
}

function holds({ stored, shape }: PlannedMatrix, tensors: Tensors, matrix: Matrix): boolean {
  if (stored.kind !== 'floats' || matrix.kind !== 'f32') return false
  const tensor = tensors(stored.tensor)
  return stored.transposed
    ? isTransposeOf(tensor, shape.out, shape.in, matrix.data)
    : holdsFloats(tensor, matrix.data)
}

function sameValues(a: Matrix, b: Matrix): boolean {
  const same = (x: ArrayLike<number>, y: ArrayLike<number>) => {
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false
    return x.length === y.length
  }
  if (a.kind === 'f32') return b.kind === 'f32' && same(a.data, b.data)
  return b.kind === 'blocks' && a.bits === b.bits && same(a.packed, b.packed) && same(a.scales, b.scales)
}

function formatOf(matrix: Matrix): string {
  return matrix.kind === 'f32' ? 'f32' : `${matrix.bits}`
}

/** Rows [first, first + out) of a matrix. */
function rowsOf(matrix: Matrix, first: number, out: number): Matrix {
  const cut = <T extends Float32Array | Uint8Array>(data: T, perRow: number): T =>
    data.slice(first * perRow, (first + out) * perRow) as T
  if (matrix.kind === 'f32') return { ...matrix, out, data: cut(matrix.data, matrix.in) }
  const blocks = blockCount(matrix.in)
  const bytes = (BLOCK_SIZE * matrix.bits) / 8
  return { ...matrix, out, packed: cut(matrix.packed, blocks * bytes), scales: cut(matrix.scales, blocks) }
}
