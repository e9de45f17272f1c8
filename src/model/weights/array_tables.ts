import type { Matrix } from '../../matrix/matrix'
import { type MatrixValues, valuesOf } from '../../matrix/matrix_values'
import { formatOf } from '../graphs/layer'
import type { Runtime } from '../runtime'
import { HeldTables } from './collected_weights'
import { type DeviceMatrix, uploadTable } from './device_matrix'
import type { TableUpload, UploadedTables } from './model_tensors'
import type { TableSlot } from './weight_source'

/** Embedding and head on wasm: arrays that runs read, one array where both hold the same values. */
export class ArrayTables implements TableUpload {
  private readonly held = new HeldTables()

  constructor(private readonly runtime: Runtime) {}

  add(slot: TableSlot, values: MatrixValues): void {
    this.held.add(slot, values)
  }

  finish(): UploadedTables {
    const { embedding, head } = this.held.both()
    const tied = head === embedding
    return {
      embedding: this.tensorOf(embedding),
      head: tied ? null : this.tensorOf(head),
      headFormat: formatOf(valuesOf(head)),
      tied,
    }
  }

  /** Returns the head (V, H). */
  headMatrix(): Matrix {
    return this.held.both().head
  }

  private tensorOf(matrix: Matrix): DeviceMatrix {
    if (matrix.kind === 'blocks') return uploadTable(this.runtime, matrix)
    const { out, in: width, data } = matrix
    return { out, in: width, format: 'f32', values: this.runtime.floats(data, [out, width]) }
  }

  /** Does nothing: arrays need no freeing. */
  close(): void {}
}
