/** Collects weights in arrays. */

import type { Matrix } from '../../matrix/matrix'
import { held, type MatrixValues, sameValues } from '../../matrix/matrix_values'
import { familyOf } from '../families/families'
import { type LayerNorm, type ModelConfig, perLinear } from '../import/config'
import type {
  LayerWeights,
  LinearSlot,
  ModelWeights,
  TableSlot,
  VectorSlot,
  WeightSink,
} from './weight_source'

/**
 * Embedding and head in arrays: one array where both hold the same values, as in files that store it twice.
 */
export class HeldTables {
  private embedding: Matrix | undefined
  private head: Matrix | undefined

  add(slot: TableSlot, values: MatrixValues): void {
    const other = this.embedding ?? this.head
    // Compare before copying: a second copy of the embedding is the largest tensor of many files.
    const matrix = other && sameValues(values, other) ? other : held(values)
    if (slot !== 'head') this.embedding = matrix
    if (slot !== 'embedding') this.head = matrix
  }

  /** Returns both; the same object where tied. */
  both(): { readonly embedding: Matrix; readonly head: Matrix } {
    const { embedding, head } = this
    if (!embedding || !head) throw new RangeError('embedding or head was not given')
    return { embedding, head }
  }
}

export class CollectedWeights implements WeightSink {
  private readonly vectors = new Map<VectorSlot, Float32Array>()
  private readonly linears = new Map<LinearSlot, Matrix>()
  private readonly tables = new HeldTables()

  constructor(private readonly config: ModelConfig) {}

  async table(slot: TableSlot, values: MatrixValues): Promise<void> {
    this.tables.add(slot, values)
  }
  async linear(slot: LinearSlot, values: MatrixValues): Promise<void> {
    this.linears.set(slot, held(values))
  }
  async vector(slot: VectorSlot, values: Float32Array): Promise<void> {
    this.vectors.set(slot, values)
  }

  /** Returns the collected weights once all were given. */
  finish(): ModelWeights {
    return {
      ...this.tables.both(),
      layers: Array.from({ length: this.config.layers }, (_, i) => this.layer(i)),
      finalNorm: given(this.vectors, 'finalNorm'),
    }
  }

  private layer(i: number): LayerWeights {
    const norms = Object.keys(familyOf(this.config).norms) as LayerNorm[]
    const [q, k, v] = (['q', 'k', 'v'] as const).map((which) => this.vectors.get(`${i}.${which}.bias`))
    return {
      linears: perLinear((which) => given(this.linears, `${i}.${which}`)),
      ...Object.fromEntries(norms.map((norm) => [norm, given(this.vectors, `${i}.${norm}`)])),
      biases: q && k && v && { q, k, v },
      qNorm: this.vectors.get(`${i}.qNorm`),
      kNorm: this.vectors.get(`${i}.kNorm`),
    }
  }
}

/** Returns the weight in a slot. @throws RangeError where the slot is empty */
export function given<Slot extends string, T>(weights: ReadonlyMap<Slot, T>, slot: Slot): T {
  const weight = weights.get(slot)
  if (weight === undefined) throw new RangeError(`${slot} was not given`)
  return weight
}
