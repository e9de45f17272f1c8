/**
 * Takes the data of an ONNX file in parts: the file itself, then its data files in the order of `locations`.
 * It makes each weight once all its tensors are there. Of a part it keeps only copies of tensors that wait
 * for others. So at most one part is in memory besides the finished weights.
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
   * Data files next to the model. Callers pass each to `part` once, in this order. Smaller ones come first,
   * so that few bytes wait for others where scales have their own file.
   */
  readonly locations: readonly string[]
  /** Tensors in those files, by file and name. */
  private readonly away = new Map<string, Map<string, TensorData>>()
  private readonly held = new Map<string, TensorData>()
  private waiting: readonly PlannedWeight[]

  /** @throws ColloquyError 'model-file' for data outside the model's folder */
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

  /** Makes the weights whose data is in the model file. Call it before `part`. */
  modelFile(): Promise<void> {
    return this.make()
  }

  /** @throws ColloquyError 'model-file' where the file is too short for its tensors */
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
