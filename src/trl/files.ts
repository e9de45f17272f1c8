/** Files of a run for Hugging Face TRL, except the peers' adapters and the scripts: see docs/graduate.md. */

import type { RunConfig } from '../config/config'
import { ColloquyError } from '../errors'
import type { Learner } from '../ilr/learners'
import { EVALUATION, StepKeys } from '../ilr/step/keys'
import { maxNewTokensOf } from '../ilr/step/wording'
import type { PromptStyle } from '../model/peer'
import { deriveKey, seedKey } from '../random'
import { type Question, type Split, sizeOf, type Task } from '../tasks/task'
import { grpoSettings, peerSettings } from './grpo_config'

/**
 * Checks that TRL can use a run's task.
 * @throws ColloquyError `config` where TRL has no judge for the task's answers
 */
export function assertExportable({ task }: RunConfig): void {
  if (task !== 'code') return
  throw new ColloquyError({
    code: 'config',
    what: '--export-trl',
    found: 'task code, whose answers run in a sandbox of Colloquy',
    wanted: 'a task whose answers are compared',
    todo: 'Remove the option, or choose another task',
  })
}

/** Returns the text files of the export, by their path in its folder. */
export function trlFiles(config: RunConfig, task: Task): ReadonlyMap<string, string> {
  const tokens = (promptStyle: PromptStyle) => maxNewTokensOf(config, task, { promptStyle }, 'share')
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

/**
 * Returns the folder of a peer's adapter. A peer's name may have characters that a folder's may not. The
 * adapter of its discussions lies in the peer's folder, so `train.py` does not take it for a peer.
 */
export function adapterFolder(peer: string, writes?: Learner['writes']): string {
  const folder = `adapters/${encodeURIComponent(peer).replace(/^\./, '%2E')}`
  return writes === 'discussions' ? `${folder}/discussion` : folder
}

/** Number of training questions of a task that generates them. */
const MADE = 4000

/** Writes a question in TRL's form: a user message, and other fields, which the reward gets. */
function line({ sharePrompt }: Pick<Task, 'sharePrompt'>, { id, answer, text }: Question): string {
  const question: Question = { id, answer, text, skill: '', level: 0, steps: [] }
  return `${JSON.stringify({ prompt: [{ role: 'user', content: sharePrompt(question).trim() }], answer, id })}\n`
}

/**
 * Returns JSON Lines of a split, with the prompts in words that a peer answers alone. The train split has all
 * questions of a file, or 4000 of a task that generates them. The heldout split has exactly the questions
 * that the run was measured on.
 */
export function datasetText(
  task: Task,
  config: RunConfig,
  split: Extract<Split, 'train' | 'heldout'>,
): string {
  const run = seedKey(config.seed)
  const questions =
    split === 'heldout'
      ? task.questions(
          'heldout',
          new StepKeys(run, EVALUATION).questions(),
          sizeOf(task, 'heldout', config.evalSize),
        )
      : task.questions('train', deriveKey(run, 0x74726c), task.sizes?.train ?? MADE)
  return questions.map((question) => line(task.instructed ?? task, question)).join('')
}
