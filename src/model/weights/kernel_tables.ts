import type { Gpu } from '../../gpu/device'
import { type GpuHead, headOver, needsNoPadding, uploadHead } from '../../gpu/gpu_head'
import { requireLimit } from '../../gpu/limits'
import type { MatrixValues } from '../../matrix/matrix_values'
import { formatOf, type MatrixFormat } from '../graphs/layer'
import type { Runtime } from '../runtime'
import { type DeviceMatrix, disposeMatrix, uploadTable } from './device_matrix'
import type { TableUpload, UploadedTables } from './model_tensors'
import type { TableSlot } from './weight_source'

/**
 * Embedding and head on WebGPU: graphs read the embedding, our kernels the head. Tied ones share buffers,
 * unless kernels need padded rows.
 */
export class KernelTables implements TableUpload {
  private embedding: DeviceMatrix | undefined
  private head: GpuHead | undefined
  private headFormat: MatrixFormat = 'f32'
  private tied = false

  constructor(
    private readonly gpu: Gpu,
    private readonly runtime: Runtime,
  ) {}

  add(slot: TableSlot, values: MatrixValues): void {
    if (slot !== 'head') this.embedding = uploadTable(this.runtime, values)
    if (slot === 'embedding') return
    this.tied = slot === 'tied'
    this.head =
      this.tied && this.embedding && needsNoPadding(values)
        ? this.headOf(this.embedding, values)
        : uploadHead(this.gpu, 'lm_head', values)
    this.headFormat = formatOf(values)
  }

  private headOf(embedding: DeviceMatrix, values: MatrixValues): GpuHead {
    const tensors = embedding.format === 'f32' ? [embedding.values] : [embedding.packed, embedding.scales]
    const buffers = tensors.map(({ gpuBuffer }) => gpuBuffer)
    for (const { size } of buffers)
      requireLimit(this.gpu.limits, 'maxStorageBufferBindingSize', size, 'lm_head')
    return headOver(values, buffers, () => {})
  }

  finish(): UploadedTables {
    const { embedding, headFormat, tied } = this
    if (!embedding || !this.head) throw new RangeError('embedding or head was not given')
    return { embedding, head: null, headFormat, tied }
  }

  /**
   * Hands the head to the caller, once. The caller frees it before the embedding, whose buffers it may read.
   */
  takeHead(): GpuHead {
    const { head } = this
    if (!head) throw new RangeError('the head was not given, or taken')
    this.head = undefined
    return head
  }

  close(): void {
    if (this.embedding) disposeMatrix(this.embedding)
    this.head?.release()
  }
}
