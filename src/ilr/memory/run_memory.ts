/**
 * Estimates a run's memory from its configuration and the outlines of its models, before anything is loaded.
 */

import type { RunConfig } from '../../config/config'
import { discussionAdapterOf } from '../../config/training'
import { MAX_ROWS } from '../../model/decode/decode_cost'
import { allowsF16, DEFAULT_DTYPE, type Dtype } from '../../model/import/folder_files'
import { expectedPlan } from '../../model/memory/expected_plan'
import type { MemoryUse } from '../../model/memory/memory_needs'
import { type MemoryPlan, memoryPlan } from '../../model/memory/memory_plan'
import { peersByWorker } from './peer_groups'
import { type Outlines, tokensOf } from './run_tokens'

/** Memory of peers that share one set of weights. */
export interface GroupMemory {
  readonly ids: readonly string[]
  readonly source: string
  readonly dtype: Dtype
  readonly plan: MemoryPlan
}

export interface RunMemory {
  readonly groups: readonly GroupMemory[]
  /** Bytes of all groups together. */
  readonly device: number
  readonly javascript: number
}

/**
 * Estimates the memory of a run.
 * @param outlines by peer id; peers without one are left out
 * @param f16 whether the GPU of a WebGPU run computes in f16
 */
export function runMemory(config: RunConfig, outlines: Outlines, f16: boolean): RunMemory {
  const known = config.peers.filter(({ id }) => Object.hasOwn(outlines, id))
  const groups = peersByWorker(known, config.sharedBase).map(({ ids, source, dtype: chosen }) => {
    const outline = outlines[ids[0]]
    const dtype = chosen ?? DEFAULT_DTYPE
    const halves = config.backend === 'webgpu' && f16 && allowsF16(chosen, outline.config)
    const activations = halves ? 'f16' : 'f32'
    const files = outline.dtypes.find((there) => there.dtype === dtype)
    const lora = { rank: config.loraRank, alpha: config.loraAlpha }
    const expected = expectedPlan(outline.config, dtype, files?.bytes ?? 0, config.backend, lora, activations)
    const use = { ...memoryUse(config, outlines, ids), largestFile: files?.largest ?? 0 }
    return { ids, source, dtype, plan: memoryPlan(expected, config.backend, use) }
  })
  return {
    groups,
    device: groups.reduce((sum, { plan }) => sum + plan.device, 0),
    javascript: groups.reduce((sum, { plan }) => sum + plan.javascript, 0),
  }
}

/** Samples of a peer per question at an evaluation with `sampled`. */
const EVALUATED_SAMPLES = 4

function memoryUse(
  config: RunConfig,
  outlines: Outlines,
  ids: readonly string[],
): Omit<MemoryUse, 'largestFile'> {
  const { questionsPerStep, numGenerations, evalSize, evalMethods, abilityQuestions } = config
  const evaluated = Math.min(evalSize, MAX_ROWS) * (evalMethods.includes('sampled') ? EVALUATED_SAMPLES : 1)
  const rows = Math.max(questionsPerStep * numGenerations, evaluated, Math.min(abilityQuestions, MAX_ROWS))
  const adapter = discussionAdapterOf(config)
  const longest = ids.map((id) => tokensOf(config, outlines, id))
  return {
    rows,
    tokens: Math.max(...longest.map(({ tokens }) => tokens)),
    // In a discussion every rollout has its own prompt.
    prompts: rows,
    promptTokens: Math.max(...longest.map(({ prompt }) => prompt)),
    trainedTokens: Math.max(...longest.map(({ trained }) => trained)),
    adapters: ids.length,
    ...(adapter !== 'shared' && { discussion: adapter }),
  }
}
