/** Writes and reads the arrays of a state as tensors of one safetensors file. */

import type { RunConfig } from '../../config/config'
import { adapterIds } from '../../config/training'
import type { RunState } from '../../ilr/events'
import { type NamedTensor, readSafetensors } from '../../model/import/safetensors'
import type { AdapterState } from '../../model/peer'
import { damaged } from './field'
import type { StateJson } from './state_json'

const KINDS = ['parameters', 'firstMoments', 'secondMoments'] as const
type Kind = (typeof KINDS)[number]
type Adapters = Readonly<Record<string, AdapterState>>

/**
 * Names a tensor. `run` holds the adapters to resume from, `best` those the run may end with. Adapters (see
 * `adapterIds`) and layers are counted from 0.
 */
function tensorName(which: 'run' | 'best', adapter: number, kind: Kind, layer: number): string {
  return `${which}.${adapter}.${kind}.${layer}`
}

export function adapterTensors(config: RunConfig, { adapters, best }: RunState): NamedTensor[] {
  const tensors = (which: 'run' | 'best', of: Adapters) =>
    adapterIds(config).flatMap((id, place) =>
      KINDS.flatMap((kind) =>
        of[id][kind].map((data, layer) => ({
          name: tensorName(which, place, kind, layer),
          shape: [data.length],
          data,
        })),
      ),
    )
  return [...tensors('run', adapters), ...(best?.adapters ? tensors('best', best.adapters) : [])]
}

/**
 * Reads the adapters of a run.
 * @param file bytes of the safetensors file; its arrays are copied
 * @throws ColloquyError `storage` where a tensor is missing, does not fit the others, or has values that
 * training cannot produce
 */
export function readAdapterTensors(
  file: Uint8Array,
  part: string,
  config: RunConfig,
  state: StateJson,
): Pick<RunState, 'adapters' | 'best'> {
  const tensors = new Map(
    readSafetensors(file, (field, found, wanted) => damaged(part, field, found, wanted)).map((tensor) => [
      tensor.name,
      tensor,
    ]),
  )
  const adapters = takeAdapters(tensors, 'run', part, config, state.updates)
  const best = state.best && {
    step: state.best.step,
    accuracy: state.best.accuracy,
    age: state.best.age,
    adapters: state.best.updates && takeAdapters(tensors, 'best', part, config, state.best.updates),
  }
  for (const id of adapterIds(config))
    if (best?.adapters && !sameShapes(best.adapters[id], adapters[id]))
      throw damaged(part, 'best', `other shapes of ${id}`, 'those of the run')
  const [surplus] = tensors.keys()
  if (surplus !== undefined) throw damaged(part, surplus, 'a tensor', 'no such tensor')
  return { adapters, best }
}

function sameShapes(one: AdapterState, other: AdapterState): boolean {
  const shape = ({ parameters }: AdapterState) => parameters.map(({ length }) => length).join()
  return shape(one) === shape(other)
}

/** Removes the tensors of one set of adapters from `tensors` and returns them as adapters. */
function takeAdapters(
  tensors: Map<string, NamedTensor>,
  which: 'run' | 'best',
  part: string,
  config: RunConfig,
  updates: Readonly<Record<string, number>>,
): Record<string, AdapterState> {
  const adapters = adapterIds(config).map((id, place): [string, AdapterState] => {
    const take = (kind: Kind): Float32Array[] => {
      const layers: Float32Array[] = []
      for (;;) {
        const name = tensorName(which, place, kind, layers.length)
        const tensor = tensors.get(name)
        if (!tensor) return layers
        tensors.delete(name)
        const problem = faultOf(tensor, kind)
        if (problem !== null) throw damaged(part, name, problem, 'a list of finite numbers')
        // A copy: a store would save the whole buffer behind a view.
        layers.push(tensor.data.slice())
      }
    }
    const parameters = take('parameters')
    if (parameters.length === 0)
      throw damaged(part, tensorName(which, place, 'parameters', 0), 'nothing', `the adapter of ${id}`)
    const moments = (kind: Kind) => {
      const layers = take(kind)
      for (let layer = 0; layer < Math.max(parameters.length, layers.length); layer++) {
        const [found, wanted] = [layers, parameters].map((all) => all[layer]?.length ?? 0)
        if (found !== wanted)
          throw damaged(part, tensorName(which, place, kind, layer), `${found} numbers`, `${wanted} of them`)
      }
      return layers
    }
    const [firstMoments, secondMoments] = [moments('firstMoments'), moments('secondMoments')]
    return [id, { updates: updates[id], parameters, firstMoments, secondMoments }]
  })
  return Object.fromEntries(adapters)
}

/** Returns a property of the tensor that no adapter can have, or null. */
function faultOf({ shape, data }: NamedTensor, kind: Kind): string | null {
  if (shape.length !== 1) return `${shape.length} dimensions`
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) return `${data[i]} at ${i}`
    if (kind === 'secondMoments' && data[i] < 0) return `a negative square at ${i}`
  }
  return null
}
