/** Makes weights from the tensors of an ONNX file, as `import_plan.ts` plans them. */

import type { DenseValues, MatrixValues } from '../../matrix/matrix_values'
import { elementCount, type TensorData } from '../../onnx/proto'
import type { WeightSink } from '../weights/weight_source'
import { blockMatrix, integerMatrix } from './import_blocks'
import { allFloats, readRows } from './import_floats'
import type { StoredMatrix } from './import_graph'
import type { PlannedWeight, Shape, Tensors } from './import_plan'

/** Makes a weight, or the weights it is cut into, and gives it to the sink. */
export async function deliverPlanned(
  planned: PlannedWeight,
  tensors: Tensors,
  sink: WeightSink,
): Promise<void> {
  if (planned.kind === 'table') {
    const { slot, stored, shape } = planned
    // Look-ups gain nothing from bytes: only products of blocks save memory traffic.
    const inF32 = stored.kind === 'integers' && slot !== 'head'
    await sink.table(slot, outputsOf(stored, shape, { first: 0, out: shape.out }, tensors, inF32))
  } else if (planned.kind === 'linears') {
    for (const { slot, ...outputs } of placed(planned.slots))
      await sink.linear(slot, outputsOf(planned.stored, planned.shape, outputs, tensors))
  } else {
    const stored = allFloats(tensors(planned.tensors[0]))
    const whole = planned.added === 0 ? stored : stored.map((value) => value + planned.added)
    for (const { slot, first, out } of placed(planned.slots))
      await sink.vector(slot, planned.slots.length === 1 ? whole : whole.slice(first, first + out))
  }
}

function placed<Slot>(slots: readonly { readonly slot: Slot; readonly out: number }[]) {
  let end = 0
  return slots.map(({ slot, out }) => {
    end += out
    return { slot, first: end - out, out }
  })
}

interface Outputs {
  readonly first: number
  readonly out: number
}

/** Returns some outputs of a stored matrix. @param shape shape of the whole matrix */
function outputsOf(
  stored: StoredMatrix,
  shape: Shape,
  { first, out }: Outputs,
  tensors: Tensors,
  inF32 = false,
): MatrixValues {
  const part = { out, in: shape.in }
  if (stored.kind === 'blocks')
    return blockMatrix(stored, part, (name) => cut(tensors(name), shape.out, { first, out }))
  if (stored.kind === 'integers')
    return integerMatrix(stored, part, { first, total: shape.out }, tensors, inF32)
  const { tensor, transposed } = stored
  return floatMatrix(tensors(tensor), part, transposed ? { first, step: shape.out } : { first, step: null })
}

/** @param place the first output; `step` is the number of outputs where W^T is stored, otherwise null */
function floatMatrix(
  tensor: TensorData,
  shape: Shape,
  { first, step }: { readonly first: number; readonly step: number | null },
): DenseValues {
  const { out, in: width } = shape
  const [start, rowStep, columnStep] = step === null ? [first * width, width, 1] : [first, 1, step]
  const rows = { start, columns: width, rowStep, columnStep }
  const columns = { start, columns: out, rowStep: columnStep, columnStep: rowStep }
  return {
    kind: 'f32',
    ...shape,
    rows: (from, into) => readRows(tensor, rows, from, into),
    columns: (from, into) => readRows(tensor, columns, from, into),
  }
}

/** Returns some outputs of a tensor with the same number of bytes for each of `total`. */
function cut(tensor: TensorData, total: number, { first, out }: Outputs): TensorData {
  const bytes = tensor.data.length / total
  return {
    ...tensor,
    shape: [(elementCount(tensor.shape) / total) * out],
    data: tensor.data.subarray(first * bytes, (first + out) * bytes),
  }
}
