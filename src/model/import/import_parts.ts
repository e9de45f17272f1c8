/**
 * The data of an ONNX file in parts: the file itself and those next to it, in the order in which they are wanted.
 * Each weight is made as soon as its tensors are there; of a part nothing is kept but tensors that still wait for
 * others, copied. So no more than one part need be in memory, beside what was made.
 */

import { owned } from '../../matrix/matrix_values'
import { elementCount, type GraphDescription, type TensorData } from '../../onnx/proto'
import { ELEMENT_BYTES } from '../../onnx/proto_tensor'
import { damagedFile } from '../../onnx/proto_wire'
import type { WeightSink } from '../weights/weight_source'
import type { PlannedWeight, Tensors } from './import_plan'
import { deliverPlanned } from './import_weights'

export class WeightStream {
  /**
   * Files next to the model, from the folder it lies in: each is to be given to `part`, once. Smaller ones first, so that
   * what waits for others is little where scales have a file of their own.
   */
  readonly locations: readonly string[]
  /** Tensors in those files, by file and name. */
  private readonly away = new Map<string, Map<string, TensorData>>()
  private readonly held = new Map<string, TensorData>()
  private waiting: readonly PlannedWeight[]

  /** @throws ColloquyError 'model-file' for data said to be elsewhere than next to the model */
  constructor(
    graph: GraphDescription,
    plan: readonly PlannedWeight[],
    private readonly sink: WeightSink,
    private readonly what: string,
  ) {
    this.waiting = plan
    for (const name of new Set(plan.flatMap(({ tensors }) => tensors))) {
      const tensor = graph.initializers.get(name)
      if (tensor === undefined) throw new RangeError(`"${name}" is not in the graph`)
      if (tensor.external) this.noteAway(tensor.external.location, name, tensor)
      else this.held.set(name, tensor)
    }
    const sizes = new Map([...this.away].map(([location, tensors]) => [location, bytesIn(tensors.values())]))
    this.locations = [...sizes.keys()].sort((a, b) => (sizes.get(a) ?? 0) - (sizes.get(b) ?? 0))
  }

  /** Makes what can be made of the data in the model file, and keeps nothing else of it. Comes before the parts. */
  modelFile(): Promise<void> {
    return this.make()
  }

  /** @throws ColloquyError 'model-file' where the file is shorter than what should be in it */
  async part(location: string, bytes: Uint8Array): Promise<void> {
    for (const [name, tensor] of this.away.get(location) ?? [])
      this.held.set(name, { ...tensor, data: this.dataOf(name, tensor, bytes), external: undefined })
    this.away.delete(location)
    await this.make()
  }

  private noteAway(location: string, name: string, tensor: TensorData): void {
    if (location === '' || location.startsWith('/') || /(^|[/\\])\.\.([/\\]|$)/.test(location))
      throw this.damaged(name, `data in "${location}"`, 'a file next to the model')
    const tensors = this.away.get(location) ?? new Map<string, TensorData>()
    this.away.set(location, tensors.set(name, tensor))
  }

  private dataOf(name: string, { type, shape, external }: TensorData, bytes: Uint8Array): Uint8Array {
    const { location, offset, length } = external ?? { location: '', offset: 0, length: null }
    const size = bytesIn([{ type, shape }])
    const end = offset + size
    if (!(offset >= 0 && end <= bytes.length) || (length ?? size) !== size)
      throw this.damaged(
        name,
        `${length ?? 'the'} bytes from ${offset} of ${location}, which has ${bytes.length}`,
        `${size} bytes`,
      )
    return bytes.subarray(offset, end)
  }

  private async make(): Promise<void> {
    const tensors: Tensors = (name) => {
      const tensor = this.held.get(name)
      if (tensor === undefined) throw new RangeError(`"${name}" is not there`)
      return tensor
    }
    const there = (planned: PlannedWeight) => planned.tensors.every((name) => this.held.has(name))
    const ready = this.waiting.filter(there)
    this.waiting = this.waiting.filter((planned) => !there(planned))
    for (const planned of ready) await deliverPlanned(planned, tensors, this.sink)
    const wanted = new Set(this.waiting.flatMap((planned) => planned.tensors))
    for (const [name, tensor] of this.held) {
      if (wanted.has(name)) this.held.set(name, { ...tensor, data: owned(tensor.data) })
      else this.held.delete(name)
    }
  }

  private damaged(tensor: string, found: string, wanted: string) {
    return damagedFile(`${this.what}, tensor "${tensor}"`, found, wanted)
  }
}

function bytesIn(tensors: Iterable<Pick<TensorData, 'type' | 'shape'>>): number {
  let sum = 0
  for (const { type, shape } of tensors) sum += elementCount(shape) * ELEMENT_BYTES[type]
  return sum
}
