/**
 * Estimates a run's memory from its configuration and the outlines of its models, before anything is loaded.
 */

import { hasDiscussion, measuredMethods, type RunConfig } from '../../config/config'
import { ColloquyError } from '../../errors'
import { MAX_ROWS } from '../../model/decode/decode_cost'
import { MOST_POSITIONS } from '../../model/import/config'
import { allowsF16, DEFAULT_DTYPE, type Dtype } from '../../model/import/folder_files'
import type { ModelOutline } from '../../model/import/outline'
import { expectedPlan } from '../../model/memory/expected_plan'
import type { MemoryUse } from '../../model/memory/memory_needs'
import { type MemoryPlan, memoryPlan } from '../../model/memory/memory_plan'
import type { Peer } from '../../model/peer'
import { codeWording } from '../../tasks/code/code_wording'
import { questionFileWording } from '../../tasks/question_file'
import type { Question, Stage } from '../../tasks/task'
import { halves, wordProblems } from '../../tasks/word_problems'
import { maxNewTokensOf, type Worded, wordingOf } from '../step/wording'
import { peersByWorker } from './peer_groups'

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

/** Known model outlines, by peer id. */
export type Outlines = Readonly<Record<string, ModelOutline>>

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
    const activations = config.backend === 'webgpu' && f16 && allowsF16(chosen) ? 'f16' : 'f32'
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

/** The wording of each task, without its questions. */
const WORDINGS: Readonly<Record<RunConfig['task'], Worded>> = {
  'word-problems': wordProblems,
  halves,
  code: codeWording,
  'question-file': questionFileWording,
}

/** Tokens of a long question, and the approximate number of English characters in a token. */
const QUESTION_TOKENS = 64
const CHARACTERS = 4
const QUESTION: Question = { id: '', text: '', answer: '', skill: '', level: 0, steps: [] }
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
  const longest = ids.map((id) => tokensOf(config, outlines, id))
  return {
    rows,
    tokens: Math.max(...longest.map(({ tokens }) => tokens)),
    // In a discussion every rollout has its own prompt.
    prompts: rows,
    promptTokens: Math.max(...longest.map(({ prompt }) => prompt)),
    trainedTokens: Math.max(...longest.map(({ trained }) => trained)),
    adapters: ids.length,
  }
}

/** Returns how a peer of the run will be prompted. */
export function promptStyleOf(
  { peers }: RunConfig,
  outlines: Outlines,
  id: string,
): Required<Pick<Peer, 'promptStyle'>> {
  const thinks = peers.some((peer) => peer.id === id && peer.thinking === true)
  return { promptStyle: thinks ? 'thinking' : (outlines[id]?.promptStyle ?? 'plain') }
}

/** Returns the positions that a peer's model will have. */
export function positionsOf(outlines: Outlines, id: string): number {
  return Math.min(outlines[id].config.maxPositions, MOST_POSITIONS)
}

/**
 * Estimates tokens: `tokens` of the longest row (solo, or after everything it reads in a discussion),
 * `prompt` of that row's prompt, `trained` of a training row that holds a whole group on one prompt.
 */
function tokensOf(config: RunConfig, outlines: Outlines, id: string) {
  const task = WORDINGS[config.task]
  const peer = promptStyleOf(config, outlines, id)
  const { sharePrompt, fusePrompt } = wordingOf(task, peer)
  const stage = discusses(config) ? 'fuse' : 'share'
  const empty = { question: QUESTION, mode: 'cooperate' as const, own: '', others: [], analysis: '' }
  const template = stage === 'fuse' ? fusePrompt(empty) : sharePrompt(QUESTION)
  const heard = stage === 'fuse' ? heardTokens(config, outlines, id) : 0
  const wanted = Math.ceil(template.length / CHARACTERS) + QUESTION_TOKENS + heard
  const positions = positionsOf(outlines, id)
  const written = maxNewTokensOf(task, peer, stage, config.peers.length)
  const alone = Math.ceil(sharePrompt(QUESTION).length / CHARACTERS) + QUESTION_TOKENS
  const group = alone + config.numGenerations * maxNewTokensOf(task, peer, 'share', config.peers.length)
  return {
    prompt: Math.min(wanted, positions - 1),
    tokens: Math.min(wanted + written, positions),
    trained: Math.min(Math.max(wanted + written, group), positions),
  }
}

export function discusses(config: RunConfig): boolean {
  return hasDiscussion(config) || readsOthers(config)
}

/** Whether peers read each other's texts, in training or in tests. */
function readsOthers(config: RunConfig): boolean {
  const measured = measuredMethods(config)
  return config.method === 'ilr' || measured.includes('idea3') || measured.includes('debate')
}

/**
 * Returns the most tokens of the ideas and own analysis that a peer reads in stage fuse. Thoughts are not
 * counted: no peer reads them.
 */
export function heardTokens(config: RunConfig, outlines: Outlines, id: string): number {
  const task = WORDINGS[config.task]
  const count = Math.max(2, config.peers.length)
  const limit = (peer: string, stage: Stage) =>
    wordingOf(task, promptStyleOf(config, outlines, peer)).maxNewTokens(stage, count)
  const all = config.peers.reduce((sum, peer) => sum + limit(peer.id, 'share'), 0)
  const ideas = Math.max(
    readsOthers(config) ? all : 0,
    config.method === 'self-debate' ? 2 * limit(id, 'share') : 0,
  )
  return ideas + limit(id, 'analyze')
}

/**
 * Refuses a run in which a peer cannot read the other peers' texts: an embedded peer reads 320 tokens, and an
 * instructed model's ideas take nearly as many. Peers without an outline are skipped.
 * @throws ColloquyError `config`
 */
export function requireListeners(config: RunConfig, outlines: Outlines): void {
  if (!readsOthers(config)) return
  const known = config.peers.filter(({ id }) => Object.hasOwn(outlines, id))
  const instructed = known.filter(({ id }) => promptStyleOf(config, outlines, id).promptStyle !== 'plain')
  if (instructed.length === 0) return
  for (const { id } of known) {
    const [heard, positions] = [heardTokens(config, outlines, id), positionsOf(outlines, id)]
    if (promptStyleOf(config, outlines, id).promptStyle !== 'plain' || heard < positions) continue
    throw new ColloquyError({
      code: 'config',
      what: `peer ${id} beside ${instructed.map((peer) => peer.id).join(' and ')}`,
      found: `a model that reads ${positions} tokens, but a discussion with an instructed model has ${heard} or more`,
      wanted: 'peers that can read what the others write',
      todo: `Give ${id} a larger model, too, or choose only small models`,
    })
  }
}
