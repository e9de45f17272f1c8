/**
 * Predicts the plan of a model before it is loaded, from its config.json, its dtype and the sizes of its
 * files. They leave open only whether and in what format a separate head is stored. The layout with the size
 * nearest to the files' is chosen.
 */

import type { FloatType } from '../../onnx/proto'
import type { GraphPlan } from '../graphs/graphs'
import type { MatrixFormat } from '../graphs/layer'
import { LINEARS, linearShape, MOST_POSITIONS, type ModelConfig, perLinear } from '../import/config'
import type { Dtype } from '../import/folder_files'
import type { Backend } from '../runtime'
import type { LoraOptions } from '../train/lora'
import { heldInF32 } from '../weights/quantize'
import { passPlan } from './activations'

/**
 * @param stated config.json
 * @param bytes bytes of the model file and its data files
 * @param activations type that the device computes in with this dtype
 */
export function expectedPlan(
  stated: ModelConfig,
  dtype: Dtype,
  bytes: number,
  backend: Backend,
  lora: LoraOptions | null,
  activations: FloatType,
): GraphPlan {
  const layout = storedLayout(stated, dtype, bytes, backend)
  const tiedEmbeddings = layout.head === null
  const maxPositions = Math.min(stated.maxPositions, MOST_POSITIONS)
  const config = { ...stated, maxPositions, tiedEmbeddings }
  const dense = heldInF32(backend, config)
  const held = (format: MatrixFormat) => (dense ? 'f32' : format)
  return {
    config,
    linears: perLinear(() => held(layout.linears)),
    embedding: held(layout.embedding),
    head: held(layout.head ?? layout.embedding),
    lora,
    ...passPlan(config, backend, activations),
  }
}

/** Formats of a file's matrices once they are read. */
interface Layout {
  readonly linears: MatrixFormat
  readonly embedding: MatrixFormat
  /** Null where the head is the embedding. */
  readonly head: MatrixFormat | null
  /** Bytes of its matrices in the file. */
  readonly bytes: number
}

function storedLayout(config: ModelConfig, dtype: Dtype, bytes: number, backend: Backend): Layout {
  const layouts = layoutsOf(config, dtype, backend)
  const distance = (layout: Layout) => Math.abs(layout.bytes - bytes)
  return layouts.reduce((nearest, layout) => (distance(layout) < distance(nearest) ? layout : nearest))
}

/** Returns the layouts that exporters give a dtype (docs/model-import.md). */
function layoutsOf(config: ModelConfig, dtype: Dtype, backend: Backend): Layout[] {
  const { vocabSize, hiddenSize, tiedEmbeddings } = config
  const table = vocabSize * hiddenSize
  const linears = linearElements(config)
  const float = dtype === 'fp16' || dtype === 'q4f16' ? 2 : 4
  const layout = (
    formats: Omit<Layout, 'bytes'>,
    perLinear: number,
    ...perTable: readonly number[]
  ): Layout => ({
    ...formats,
    bytes: linears * perLinear + perTable.reduce((sum, perValue) => sum + table * perValue, 0),
  })
  switch (dtype) {
    case 'fp32':
    case 'fp16': {
      const own = { linears: 'f32', embedding: 'f32', head: 'f32' } as const
      if (!tiedEmbeddings) return [layout(own, float, float, float)]
      const tied = { ...own, head: null }
      // On wasm a second copy of the embedding is detected.
      return [layout(tied, float, float), layout(backend === 'wasm' ? tied : own, float, float, float)]
    }
    case 'q4':
    case 'q4f16': {
      const block = 0.5 + float / 32
      const quantized = { linears: 'q4', embedding: 'f32', head: 'q4' } as const
      const own = layout(quantized, block, float, block)
      if (!tiedEmbeddings) return [own, layout({ ...quantized, head: 'f32' }, block, float, float)]
      return [
        own,
        layout({ ...quantized, head: null }, block, float),
        layout({ ...quantized, head: null }, block, float, float),
        layout({ ...quantized, embedding: 'q4', head: null }, block, block),
      ]
    }
    case 'q8':
    case 'int8':
    case 'uint8': {
      const quantized = { linears: 'q8', embedding: 'f32', head: 'q8' } as const
      const own = layout(quantized, 1, 1, 1)
      return tiedEmbeddings ? [own, layout({ ...quantized, head: null }, 1, 1)] : [own]
    }
  }
}

function linearElements(config: ModelConfig): number {
  const perLayer = LINEARS.reduce((sum, which) => {
    const { in: width, out } = linearShape(config, which)
    return sum + width * out
  }, 0)
  return config.layers * perLayer
}
