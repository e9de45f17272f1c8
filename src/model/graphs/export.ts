/**
 * Writes a model as the hub's exporters do: one ONNX file with the KV cache as input and output, and the
 * exporters' node and tensor names. So transformers.js, any other runtime and `folder.ts` can load it.
 */
import { type Matrix, transposed } from '../../matrix/matrix'
import { GraphBuilder, type Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'
import { encodeModel, type TensorData } from '../../onnx/proto'
import { familyOf } from '../families/families'
import { HUB_NAMES, LAYER_NORMS, type ModelConfig, perLinear } from '../import/config'
import { type ModelWeights, normOf } from '../weights/weight_source'
import { attendOver, type KeysValues } from './attention'
import { embed } from './graphs'
import { decoderLayer, finalNorm, type GraphLayer, type GraphMatrix } from './layer'
import { rotaryTables } from './rotary'

function f32(shape: readonly number[], data: Float32Array): TensorData {
  return { type: 'f32', shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
}

function storedMatrix(b: GraphBuilder, name: string, matrix: Matrix): GraphMatrix {
  if (matrix.kind === 'f32') {
    const data = transposed(matrix.data, matrix.out, matrix.in)
    return { kind: 'f32', weight: b.initializer(`${name}.weight`, f32([matrix.in, matrix.out], data)) }
  }
  const blocks = Math.ceil(matrix.in / 32)
  return {
    kind: 'blocks',
    bits: matrix.bits,
    out: matrix.out,
    in: matrix.in,
    packed: b.initializer(`${name}.weight_Q${matrix.bits}`, {
      type: 'u8',
      shape: [matrix.out, blocks, (32 * matrix.bits) / 8],
      data: matrix.packed,
    }),
    scales: b.initializer(`${name}.weight_scales`, f32([matrix.out * blocks], matrix.scales)),
  }
}

/**
 * Exports the whole model: input_ids (B, S) i64, attention_mask (B, P+S) i64, position_ids (B, S) i64,
 * past_key_values.{i}.key and .value (B, kv, P, D) -> logits (B, S, V), present.{i}.key and .value (B, kv,
 * P+S, D).
 * @throws RangeError for an embedding that is not f32, and for layers that attend in different ways
 */
export function exportOnnx(config: ModelConfig, weights: ModelWeights): Uint8Array {
  if (weights.embedding.kind !== 'f32') throw new RangeError('the exporter writes f32 embeddings')
  if (config.attention) throw new RangeError('the exporter writes layers that attend alike')
  const { hiddenSize, vocabSize, kvHeads, headDim } = config
  const { norms } = familyOf(config)
  const b = new GraphBuilder('model')
  const ids = b.input('input_ids', 'i64', ['B', 'S'])
  const attention = b.input('attention_mask', 'i64', ['B', 'P+S'])
  const positions = b.input('position_ids', 'i64', ['B', 'S'])
  const past = weights.layers.map((_, i) => ({
    k: b.input(`past_key_values.${i}.key`, 'f32', ['B', kvHeads, 'P', headDim]),
    v: b.input(`past_key_values.${i}.value`, 'f32', ['B', kvHeads, 'P', headDim]),
  }))
  const half = config.headDim / 2
  const tables = rotaryTables(config)
  const rotary = {
    positions,
    cos: b.initializer('cos_cache', f32([config.maxPositions, half], tables.cos)),
    sin: b.initializer('sin_cache', f32([config.maxPositions, half], tables.sin)),
  }
  const mask = paddedCausalMask(b, positions, attention)
  const embedding = b.initializer(
    'model.embed_tokens.weight',
    f32([vocabSize, hiddenSize], weights.embedding.data),
  )
  let x = embed(b, config, { kind: 'f32', rows: embedding }, ids)
  weights.layers.forEach((layer, i) => {
    const name = `model.layers.${i}`
    const vector = (suffix: string, data: Float32Array) =>
      b.initializer(`${name}.${suffix}`, f32([data.length], data))
    const { biases, qNorm, kNorm } = layer
    const stored: GraphLayer = {
      linears: perLinear((which) => storedMatrix(b, `${name}.${HUB_NAMES[which]}`, layer.linears[which])),
      ...Object.fromEntries(
        LAYER_NORMS.filter((norm) => norms[norm] !== undefined).map((norm) => [
          norm,
          vector(`${norms[norm]}.weight`, normOf(layer, norm)),
        ]),
      ),
      biases: biases && {
        q: vector('self_attn.q_proj.bias', biases.q),
        k: vector('self_attn.k_proj.bias', biases.k),
        v: vector('self_attn.v_proj.bias', biases.v),
      },
      qNorm: qNorm && vector('self_attn.q_norm.weight', qNorm),
      kNorm: kNorm && vector('self_attn.k_norm.weight', kNorm),
    }
    const segments = (own: KeysValues) => {
      const k = joined(b, past[i].k, ops.transposeLast(b, own.kT))
      const v = joined(b, past[i].v, own.v)
      b.output(`present.${i}.key`, k)
      b.output(`present.${i}.value`, v)
      return [{ kT: ops.transposeLast(b, k), v, mask }]
    }
    const place = { type: 'f32', rotary, attend: attendOver(b, config, segments) } as const
    x = decoderLayer(b, config, stored, x, place, `/model/layers.${i}`)
  })
  const norm = b.initializer('model.norm.weight', f32([hiddenSize], weights.finalNorm))
  const hidden = finalNorm(b, config, x, norm)
  if (config.tiedEmbeddings) {
    b.output('logits', ops.matMul(b, hidden, ops.transposeLast(b, embedding), '/lm_head/MatMul'))
  } else {
    const head = storedMatrix(b, 'lm_head', weights.head)
    b.output(
      'logits',
      head.kind === 'f32'
        ? ops.matMul(b, hidden, head.weight, '/lm_head/MatMul')
        : ops.matMulNBits(b, hidden, head, `/lm_head/MatMul_Q${head.bits}`),
    )
  }
  return encodeModel(b.build())
}

/** Concatenates past and new along the length, under the attention mask's name `P+S`. */
function joined(b: GraphBuilder, past: Value, own: Value): Value {
  const value = ops.concat(b, [past, own], 2)
  return { ...value, shape: value.shape.map((dim, i) => (i === 2 ? 'P+S' : dim)) }
}

/**
 * Builds the additive mask (B, 1, S, P+S). A query sees attended slots whose running count of attended tokens
 * is at most its own position plus one. Left padding, as in transformers.js' batches, works.
 */
function paddedCausalMask(b: GraphBuilder, positions: Value, attention: Value): Value {
  const attended = ops.cast(b, attention, 'f32')
  const count = ops.cumulativeSum(b, attended, 1)
  const order = ops.unsqueeze(b, ops.sub(b, count, b.floats([1], [])), [1, 2]) // (B, 1, 1, P+S)
  const query = ops.unsqueeze(b, ops.cast(b, positions, 'f32'), [1, 3]) // (B, 1, S, 1)
  const visible = ops.cast(b, ops.lessOrEqual(b, order, query), 'f32')
  const real = ops.unsqueeze(b, attended, [1, 2])
  const seen = ops.mul(b, visible, real)
  return ops.scale(b, ops.sub(b, seen, b.floats([1], [])), 1e9)
}
