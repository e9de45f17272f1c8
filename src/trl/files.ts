/** What a run leaves for Hugging Face TRL, but for the peers' adapters and the scripts: see docs/graduate.md. */

import type { RunConfig } from '../config/config'
import { ColloquyError } from '../errors'
import { maxNewTokensOf } from '../ilr/step/wording'
import type { Manner } from '../model/peer'
import type { Task } from '../tasks/task'
import { datasetText } from './dataset'
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
  const tokens = (manner: Manner) => maxNewTokensOf(task, { manner }, 'share', config.peers.length)
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
