/**
 * LoRA (Hu et al., 2021) on all seven linears of a layer: y = x W^T + (alpha / r) (x A) B with A (in, r) and
 * B (r, out). All of a layer's A and B lie in one flat f32 array, so a graph takes one input, gives one
 * gradient, and the optimizer sees one array per layer.
 */
import { deriveKey, type Key, Stream } from '../../random'
import { LINEAR_GROUPS, LINEARS, linearShape, type ModelConfig } from '../import/config'

export interface LoraOptions {
  readonly rank: number
  readonly alpha: number
}

/** Position of a named tensor within a flat array. */
export interface PackedTensor {
  readonly name: string
  readonly offset: number
  readonly shape: readonly number[]
}

export function packTensors(tensors: readonly { name: string; shape: readonly number[] }[]): {
  tensors: readonly PackedTensor[]
  size: number
} {
  let size = 0
  const packed = tensors.map(({ name, shape }) => {
    const offset = size
    size += shape.reduce((a, b) => a * b, 1)
    return { name, offset, shape }
  })
  return { tensors: packed, size }
}

/** Returns the layout of a layer's LoRA: `q.a`, `q.b`, `k.a` … in the order of LINEARS. */
export function loraLayout(config: ModelConfig, rank: number) {
  return packTensors(
    LINEARS.flatMap((which) => {
      const { in: width, out } = linearShape(config, which)
      return [
        { name: `${which}.a`, shape: [width, rank] },
        { name: `${which}.b`, shape: [rank, out] },
      ]
    }),
  )
}

/**
 * Returns the number of values of a layer's LoRA after `joinLora`, which gives linears that read the same
 * vectors one pair.
 */
export function joinedSize(config: ModelConfig, rank: number): number {
  return LINEAR_GROUPS.reduce((sum, group) => {
    const outs = group.reduce((width, which) => width + linearShape(config, which).out, 0)
    return sum + group.length * rank * (linearShape(config, group[0]).in + outs)
  }, 0)
}

/** Returns an adapter of zeros, which changes nothing. */
export function zeroLora(config: ModelConfig, rank: number): Float32Array[] {
  const { size } = loraLayout(config, rank)
  return Array.from({ length: config.layers }, () => new Float32Array(size))
}

/** Returns a starting adapter: A uniform in ±1/sqrt(in) (Kaiming with a = sqrt 5, as PEFT does), B zero. */
export function initialLora(config: ModelConfig, rank: number, key: Key): Float32Array[] {
  const { tensors, size } = loraLayout(config, rank)
  return Array.from({ length: config.layers }, (_, layer) => {
    const stream = new Stream(deriveKey(key, layer))
    const flat = new Float32Array(size)
    for (const { name, offset, shape } of tensors) {
      if (!name.endsWith('.a')) continue
      const bound = 1 / Math.sqrt(shape[0])
      for (let i = 0; i < shape[0] * shape[1]; i++) flat[offset + i] = (2 * stream.uniform() - 1) * bound
    }
    return flat
  })
}
