/** Estimates whether a run fits a machine, and what to lower where it does not. */

import type { RunConfig } from '../../config/config'
import { ColloquyError } from '../../errors'
import { DEFAULT_DTYPE, type Dtype } from '../../model/import/folder_files'
import { WASM_LIMIT } from '../../model/memory/memory_plan'
import { bytesText } from '../../report/format'
import { type GroupMemory, type RunMemory, runMemory } from './run_memory'
import type { Outlines } from './run_tokens'

/** A lack of memory, and settings that would remove it. */
export interface Shortage {
  /** E.g. `ada needs 5.1 GB of wasm memory, but the limit is 4.29 GB`. */
  readonly what: string
  /** Imperative sentences without full stops; empty where only another model helps. */
  readonly lower: readonly string[]
  /** True when the run cannot work; otherwise it may be slow or run out of memory. */
  readonly certain: boolean
}

/** Properties of a machine that decide whether a run fits. */
export interface Machine {
  /** Bytes of memory that a page may have at most; null where unknown. */
  readonly memory: number | null
  /** True when its GPU computes in f16. */
  readonly f16: boolean
}

/** Returns the shortage of a run on a machine, or null where it fits. */
export function shortageOf(config: RunConfig, outlines: Outlines, machine: Machine): Shortage | null {
  const memory = runMemory(config, outlines, machine.f16)
  const group = overfull(config, memory)
  if (group === undefined && !exceeds(memory, machine)) return null
  const needed = bytesText(memory.device + memory.javascript)
  const what = group
    ? `${group.ids.join(' and ')} need${group.ids.length > 1 ? '' : 's'} about ` +
      `${bytesText(group.plan.device)} of wasm memory, but the limit is ${bytesText(WASM_LIMIT)}`
    : `the peers need about ${needed} together, but this device gives a page ${bytesText(machine.memory ?? 0)} at most`
  const helps = ({ changed }: Lowering) => {
    const then = runMemory(changed, outlines, machine.f16)
    return overfull(changed, then) === undefined && !exceeds(then, machine)
  }
  return { what, lower: lowerings(config, outlines, helps), certain: group !== undefined }
}

function overfull({ backend }: RunConfig, { groups }: RunMemory): GroupMemory | undefined {
  return backend === 'wasm' ? groups.find(({ plan }) => plan.device > WASM_LIMIT) : undefined
}

function exceeds({ device, javascript }: RunMemory, { memory }: Machine): boolean {
  return memory !== null && device + javascript > memory
}

interface Lowering {
  readonly todo: string
  readonly changed: RunConfig
}

/** Returns the gentlest lowering of each kind that is enough by itself. */
function lowerings(
  config: RunConfig,
  outlines: Outlines,
  helps: (lowering: Lowering) => boolean,
): readonly string[] {
  const kinds = [fewerRows(config), smallerDtypes(config, outlines), shared(config), onGpu(config)]
  return kinds.flatMap((kind) => kind.find(helps)?.todo ?? [])
}

const ROWS = [64, 32, 16, 8, 4, 2]

function fewerRows(config: RunConfig): Lowering[] {
  const names = ['numGenerations', 'questionsPerStep', 'evalSize', 'abilityQuestions'] as const
  return ROWS.map((rows) => {
    const numGenerations = Math.min(config.numGenerations, rows)
    const changed = {
      ...config,
      numGenerations,
      questionsPerStep: Math.min(config.questionsPerStep, Math.max(1, Math.floor(rows / numGenerations))),
      evalSize: Math.min(config.evalSize, rows),
      abilityQuestions: Math.min(config.abilityQuestions, rows),
    }
    const lowered = names.filter((name) => changed[name] < config[name])
    return { todo: `Lower ${lowered.map((name) => `${name} to ${changed[name]}`).join(', ')}`, changed }
  })
}

/** Returns dtypes that every model offers and no peer uses, from the largest file to the smallest. */
function smallerDtypes(config: RunConfig, outlines: Outlines): Lowering[] {
  const there = Object.values(outlines).map(({ dtypes }) => dtypes)
  const sizes = new Map<Dtype, number>(there.flat().map(({ dtype, bytes }) => [dtype, bytes]))
  const inUse = new Set(config.peers.map(({ dtype = DEFAULT_DTYPE }) => dtype))
  return [...sizes]
    .filter(([dtype]) => !inUse.has(dtype) && there.every((dtypes) => dtypes.some((d) => d.dtype === dtype)))
    .sort(([, a], [, b]) => b - a)
    .map(([dtype]) => ({
      todo: `Choose dtype ${dtype}`,
      changed: { ...config, peers: config.peers.map((peer) => ({ ...peer, dtype })) },
    }))
}

function shared(config: RunConfig): Lowering[] {
  return [
    {
      todo: 'Turn on sharedBase: one set of weights for peers of one model',
      changed: { ...config, sharedBase: true },
    },
  ]
}

function onGpu(config: RunConfig): Lowering[] {
  return [
    {
      todo: 'Choose WebGPU, if the graphics card has enough memory',
      changed: { ...config, backend: 'webgpu' },
    },
  ]
}

/** @throws ColloquyError `memory` where the run cannot fit, with what to lower */
export function requireRunRoom(config: RunConfig, outlines: Outlines): void {
  const shortage = shortageOf(config, outlines, { memory: null, f16: false })
  if (shortage === null) return
  throw new ColloquyError({
    code: 'memory',
    what: 'memory of this run',
    found: shortage.what,
    wanted: 'peers that fit',
    todo: [...shortage.lower, 'Choose a smaller model']
      .join('; or ')
      .replace(/; or ([A-Z])/g, (_, c: string) => `; or ${c.toLowerCase()}`),
  })
}
