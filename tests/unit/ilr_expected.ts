import type { RunConfig } from '../../src/config/config'
import type { TrainSequence } from '../../src/model/peer'
import { digitTask, numberOf, questionOf, splitOfPrompt } from './ilr_digits'
import { eventsOf, type Script, type ScriptedPeer, scriptedRun, tinyConfig } from './ilr_scripted'

/**
 * Computes a step's expected results from the peers' requests and answers. Groups of the tiny configuration:
 */
export const Q = 3
export const G = 4

export async function trained(settings: Partial<RunConfig> = {}, script: Script = {}) {
  const whole = scriptedRun(tinyConfig({ steps: 2, calibration: false, ...settings }), script)
  const events = await eventsOf(whole.run)
  return { ...whole, events }
}

export function promptOf(sequence: TrainSequence): string {
  return String.fromCharCode(...sequence.promptIds)
}
export function textOf(sequence: TrainSequence): string {
  return String.fromCharCode(...sequence.ids)
}
/** Returns one peer's sampling calls of this stage: one per step, more where questions are redrawn. */
export function stageCalls(peer: ScriptedPeer, stage: string) {
  return peer.generated.filter(
    ({ request }) =>
      request.temperature === 1 &&
      request.samples[0].prompt.startsWith(`${stage} `) &&
      splitOfPrompt(request.samples[0].prompt) === 'train',
  )
}
export function rewardOf(prompt: string, text: string): number {
  return digitTask.reward(questionOf(numberOf(prompt)), text).total
}
/** Returns (R - mean) / (std + 1e-4) with Bessel's correction; 0 where all are equal. */
export function normalized(rewards: readonly number[]): number[] {
  const mean = rewards.reduce((a, b) => a + b) / rewards.length
  const std = Math.sqrt(rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (rewards.length - 1))
  return rewards.map((r) => (new Set(rewards).size === 1 ? 0 : (r - mean) / (std + 1e-4)))
}
export function calibrated(own: readonly number[], other: readonly number[]): number[] {
  const [low, high] = [Math.min(...other), Math.max(...other)]
  const mean = other.reduce((a, b) => a + b) / other.length
  return own.map((r) => (low === high ? r : r + Math.max(-1, Math.min(1, (r - mean) / (high - low)))))
}
export function groups<T>(rows: readonly T[], size = G): T[][] {
  return Array.from({ length: rows.length / size }, (_, n) => rows.slice(n * size, (n + 1) * size))
}
export function rewardsOf(peer: ScriptedPeer, stage: string, step: number, size = G): number[][] {
  const { request, completions } = stageCalls(peer, stage)[step]
  return groups(
    completions.map(({ text }, row) => rewardOf(request.samples[row].prompt, text)),
    size,
  )
}
export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
export function mean(values: readonly number[]): number {
  return sum(values) / values.length
}
/** Normalizes sequences for comparison: advantages are rounded to f32. */
export function rounded(sequences: readonly TrainSequence[]): unknown[] {
  return sequences.map((one) => ({ ...one, advantage: Math.round(one.advantage * 1000) / 1000 + 0 }))
}
