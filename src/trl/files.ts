/** What a run leaves for Hugging Face TRL, but for the peers' adapters and the scripts: see docs/graduate.md. */

import type { RunConfig } from '../config/config'
import { ColloquyError } from '../errors'
import { EVALUATION, StepKeys } from '../ilr/step/keys'
import { maxNewTokensOf } from '../ilr/step/wording'
import type { PromptStyle } from '../model/peer'
import { deriveKey, seedKey } from '../random'
import type { Question, Split, Task } from '../tasks/task'
import { grpoSettings, peerSettings } from './grpo_config'

/** @throws ColloquyError `config` where the task's answers are judged by something that TRL does not have */
export function assertExportable({ task }: RunConfig): void {
  if (task !== 'code') return
  throw new ColloquyError({
    code: 'config',
    what: '--export-trl',
    found: 'task code, whose answers are run in a sandbox of Colloquy',
    wanted: 'a task whose answers are compared',
    todo: 'Leave the option out, or choose another task',
  })
}

/** Texts by their paths in the folder. */
export function trlFiles(config: RunConfig, task: Task): ReadonlyMap<string, string> {
  const tokens = (promptStyle: PromptStyle) =>
    maxNewTokensOf(task, { promptStyle }, 'share', config.peers.length)
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
  return new Map([
    ['colloquy.json', json(config)],
    ['train.jsonl', datasetText(task, config, 'train')],
    ['heldout.jsonl', datasetText(task, config, 'heldout')],
    ['grpo_config.json', json(grpoSettings(config, tokens('instructed')))],
    ...config.peers.map((peer): [string, string] => [
      `${adapterFolder(peer.id)}/grpo_config.json`,
      json(peerSettings(peer, tokens(peer.thinking ? 'thinking' : 'instructed'))),
    ]),
  ])
}

/** A peer's folder; its name may be anything, a folder's may not. */
export function adapterFolder(peer: string): string {
  return `adapters/${encodeURIComponent(peer).replace(/^\./, '%2E')}`
}

/** Training questions of a task that makes them. */
const MADE = 4000

/** A question as TRL wants it: a message of a user; the reward gets the other fields. */
function line({ sharePrompt }: Pick<Task, 'sharePrompt'>, { id, answer, text }: Question): string {
  const question: Question = { id, answer, text, skill: '', level: 0, steps: [] }
  return `${JSON.stringify({ prompt: [{ role: 'user', content: sharePrompt(question).trim() }], answer, id })}\n`
}

/**
 * JSON Lines of a split, in words, as a peer answers alone: all training questions of a file, or thousands of a task that makes them; and
 * the very held-out questions that the run was measured on.
 */
export function datasetText(
  task: Task,
  config: RunConfig,
  split: Extract<Split, 'train' | 'heldout'>,
): string {
  const run = seedKey(config.seed)
  const questions =
    split === 'heldout'
      ? task.questions('heldout', new StepKeys(run, EVALUATION).questions(), config.evalSize)
      : task.questions('train', deriveKey(run, 0x74726c), task.sizes?.train ?? MADE)
  return questions.map((question) => line(task.instructed ?? task, question)).join('')
}
