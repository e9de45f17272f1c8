import headF32 from '../../shaders/head_f32.wgsl?raw'
import headQ4 from '../../shaders/head_q4.wgsl?raw'
import headQ8 from '../../shaders/head_q8.wgsl?raw'
import hiddenAny from '../../shaders/hidden_any.wgsl?raw'
import hiddenVec4 from '../../shaders/hidden_vec4.wgsl?raw'
import logits from '../../shaders/logits.wgsl?raw'
import type { DenseValues, MatrixValues } from '../matrix/matrix_values'
import { keepingNow, type Scope } from '../scope'
import { lease, leaseUploaded, writeRows } from './buffers'
import type { Gpu } from './device'
import { DEFAULT_VARIANTS, type HeadKernel, type HeadVariant } from './head_variants'

/** An lm_head W (V, H) on the device, with the WGSL that reads it. */
export interface GpuHead {
  readonly format: 'f32' | 'q8' | 'q4'
  /** V. */
  readonly vocabulary: number
  /** H. */
  readonly width: number
  /** WGSL constants of the shape, and WGSL functions that read W and the hidden states. */
  readonly reader: string
  /** Buffers at bindings 1 (weights) and, for blocks, 2 (scales). */
  readonly bindings: Readonly<Record<number, GPUBuffer>>
  /** Variant of each kernel. */
  readonly variants: Readonly<Record<HeadKernel, HeadVariant>>
  /** Frees the buffers. */
  release(): void
}

/** Uploads a head. @throws ColloquyError `limit` where it is larger than the device's buffers. */
export function uploadHead(gpu: Gpu, owner: string, head: MatrixValues): GpuHead {
  return keepingNow((scope) =>
    headOver(head, headLayout(head).upload(scope, gpu, owner), () => scope.closeNow()),
  )
}

/**
 * Wraps a head that is already in buffers: its rows one after the other, or packed blocks and their scales.
 * @param release called when the head is released
 */
export function headOver(head: MatrixValues, buffers: readonly GPUBuffer[], release: () => void): GpuHead {
  const { format, reader, loads, valuesPerLoad } = headLayout(head)
  return {
    format,
    vocabulary: head.out,
    width: head.in,
    reader: [
      `const WIDTH = ${head.in}u;`,
      `const CHUNKS = ${Math.ceil(head.in / 4)}u;`,
      `const LOADS = ${loads}u;`,
      `const VOCABULARY = ${head.out}u;`,
      reader,
      loads * valuesPerLoad === head.in ? hiddenVec4 : hiddenAny,
    ].join('\n'),
    bindings: Object.fromEntries(buffers.map((buffer, i) => [i + 1, buffer])),
    variants: DEFAULT_VARIANTS,
    release,
  }
}

/** Returns whether kernels can read it from the graphs' buffers, whose rows have no padding. */
export function needsNoPadding(head: MatrixValues): boolean {
  return head.kind === 'blocks' || head.in % 4 === 0
}

/** Returns how a head is laid out. `loads` of 16 bytes hold a row; zeros pad the last one. */
function headLayout(head: MatrixValues): {
  format: GpuHead['format']
  reader: string
  loads: number
  valuesPerLoad: number
  upload: (scope: Scope, gpu: Gpu, owner: string) => GPUBuffer[]
} {
  switch (head.kind) {
    case 'f32': {
      const loads = Math.ceil(head.in / 4)
      const upload = (scope: Scope, gpu: Gpu, owner: string) => [
        uploadRows(scope, gpu, owner, head, loads * 4),
      ]
      return { format: 'f32', reader: headF32, loads, valuesPerLoad: 4, upload }
    }
    case 'blocks': {
      const blocks = Math.ceil(head.in / 32)
      const upload = (scope: Scope, gpu: Gpu, owner: string) =>
        [head.packed, head.scales].map((data) => leaseUploaded(scope, gpu, owner, data))
      return head.bits === 8
        ? { format: 'q8', reader: headQ8, loads: 2 * blocks, valuesPerLoad: 16, upload }
        : { format: 'q4', reader: headQ4, loads: blocks, valuesPerLoad: 32, upload }
    }
  }
}

function uploadRows(scope: Scope, gpu: Gpu, owner: string, head: DenseValues, stride: number): GPUBuffer {
  const buffer = lease(scope, gpu, owner, 4 * head.out * stride)
  const shape = { rows: head.out, width: head.in, pad: stride - head.in }
  writeRows(gpu.device, buffer, shape, (first, into) => head.rows(first, into))
  return buffer
}

/** Maximum bytes of the partial gradients of one call. */
const MOST_PARTIAL_BYTES = 2 ** 26

/** Launch of a kernel that reads the head, for a given number of rows. */
export interface HeadLaunch {
  /** WGSL that goes before the kernel's own source. */
  readonly source: string
  /** Workgroups along the rows, and parts that the vocabulary is split into. */
  readonly tiles: number
  readonly splits: number
}

export function headLaunch(head: GpuHead, kernel: HeadKernel, rows: number): HeadLaunch {
  const variant = head.variants[kernel]
  const tiles = Math.ceil(rows / variant.rows)
  const wanted = Math.ceil(variant.workgroups / tiles)
  const passes = Math.ceil(head.vocabulary / (4 * variant.lanes))
  // The gradient keeps one array of its result's size per part.
  const room =
    kernel === 'token_logprobs_grad' ? Math.floor(MOST_PARTIAL_BYTES / (rows * head.width * 4)) : passes
  return {
    source: [`const ROWS = ${variant.rows}u;`, `const LANES = ${variant.lanes}u;`, head.reader, logits].join(
      '\n',
    ),
    tiles,
    splits: Math.max(1, Math.min(wanted, passes, room)),
  }
}
