import headF16 from '../../shaders/head_f16.wgsl?raw'
import headF32 from '../../shaders/head_f32.wgsl?raw'
import headQ4 from '../../shaders/head_q4.wgsl?raw'
import headQ8 from '../../shaders/head_q8.wgsl?raw'
import hiddenAny from '../../shaders/hidden_any.wgsl?raw'
import hiddenVec4 from '../../shaders/hidden_vec4.wgsl?raw'
import logits from '../../shaders/logits.wgsl?raw'
import type { HeadMatrix } from '../grpo/head'
import { uploadBuffer } from './buffers'
import type { Gpu } from './device'

/** An lm_head W (V, H) on the device, with the WGSL that reads it. */
export interface GpuHead {
  /** V. */
  readonly vocabulary: number
  /** H. */
  readonly width: number
  /** Constants, head4, hidden4 and logits_4x4 for this head; goes before a kernel's own source. */
  readonly source: string
  /** Buffers at bindings 1 (weights) and, for blocks, 2 (scales). */
  readonly bindings: Readonly<Record<number, GPUBuffer>>
  /** Gives the buffers back. */
  release(): void
}

/** Rows of a kernel's grid that one workgroup takes, see `shaders/logits.wgsl`. */
const TILE_ROWS = 4
/** Vocabulary items a workgroup takes at a time. */
const TILE_ITEMS = 256

/** Uploads a head once. @throws ColloquyError `limit` where it is larger than the device's buffers. */
export function uploadHead(gpu: Gpu, owner: string, head: HeadMatrix): GpuHead {
  const { reader, data } = headLayout(head)
  const buffers = data.map((array) => uploadBuffer(gpu, owner, array))
  const chunks = Math.ceil(head.in / 4)
  const source = [
    `const WIDTH = ${head.in}u;`,
    `const CHUNKS = ${chunks}u;`,
    `const BLOCKS = ${Math.ceil(head.in / 32)}u;`,
    `const VOCABULARY = ${head.out}u;`,
    reader,
    head.in % 4 === 0 ? hiddenVec4 : hiddenAny,
    logits,
  ].join('\n')
  return {
    vocabulary: head.out,
    width: head.in,
    source,
    bindings: Object.fromEntries(buffers.map((buffer, i) => [i + 1, buffer])),
    release: () => {
      for (const buffer of buffers) gpu.buffers.release(buffer)
    },
  }
}

function headLayout(head: HeadMatrix): { reader: string; data: ArrayBufferView<ArrayBuffer>[] } {
  const padded = Math.ceil(head.in / 4) * 4
  switch (head.kind) {
    case 'f32':
      return { reader: headF32, data: [padRows(head.data, new Float32Array(head.out * padded), head.in)] }
    case 'f16':
      return { reader: headF16, data: [padRows(head.data, new Uint16Array(head.out * padded), head.in)] }
    case 'blocks':
      return {
        reader: head.bits === 8 ? headQ8 : headQ4,
        data: [Uint8Array.from(head.packed), Float32Array.from(head.scales)],
      }
  }
}

function padRows<A extends Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>>(
  from: Float32Array | Uint16Array,
  to: A,
  width: number,
): A {
  const rows = from.length / width
  const padded = to.length / rows
  for (let row = 0; row < rows; row++) to.set(from.subarray(row * width, (row + 1) * width), row * padded)
  return to
}

/** Workgroups of a kernel that reads the head, and the number of shares its vocabulary is split into. */
export function headGrid(head: GpuHead, rows: number): { tiles: number; splits: number } {
  const tiles = Math.ceil(rows / TILE_ROWS)
  // Enough workgroups to fill a large GPU also when there are few rows.
  const splits = Math.min(Math.ceil(head.vocabulary / TILE_ITEMS), Math.max(1, Math.ceil(512 / tiles)))
  return { tiles, splits }
}
