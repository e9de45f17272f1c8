/**
 * What a model family is, as data. Import, graphs, weights, the memory estimate and the PEFT export read it,
 * so none of them names a family.
 */
import type { Factors, LayerAttention, LayerNorm, Linear } from '../import/config'
import type { Fields } from '../import/import_fields'

export interface Family {
  /** Class of transformers, as `architectures` names it. */
  readonly architecture: string
  /** transformers' defaults of missing fields, where they differ from Llama's. */
  readonly leftOut: Fields
  /** Fields that may have only these values. A missing or null field is fine. */
  readonly accepted: Readonly<Record<string, readonly unknown[]>>
  /** The norms that a layer has, by their module's name in transformers. */
  readonly norms: Readonly<Partial<Record<LayerNorm, string>>>
  /** RMSNorm of q and k, of each head or of all heads together; none where left out. */
  readonly qkNorm?: 'each head' | 'all heads'
  /** True for biases on q, k and v. */
  readonly qkvBias?: true
  /** Activation of the gate. */
  readonly activation: 'silu' | 'gelu tanh'
  /** True where values between norms leave the range of f16. */
  readonly needsF32?: true
  /**
   * Modules of the linears in transformers, which PEFT names adapters after. Linears of one module are stacked
   * along their output, in the order of `LINEARS`.
   */
  readonly modules: Readonly<Record<Linear, string>>
  /** Field of the MLP's width. */
  readonly intermediateSize: string
  /** Reads what the fields above leave open. @param what the file's name, for errors */
  readonly read: (fields: Fields, what: string) => Reading
  /** Names and organization of the models that onnx-community converted. */
  readonly authors: readonly [names: RegExp, organization: string]
}

/** The parts of a ModelConfig that differ between families. */
export interface Reading {
  readonly factors?: Factors
  readonly attention?: LayerAttention
}
