import { loadPeers } from '../../workers/load_peers'
import type { RunConfig } from '../config/config'
import { presetConfig } from '../config/presets'
import { createRun } from '../ilr/live_run'
import type { Run } from '../ilr/run'
import type { Peer, UpdateRequest } from '../model/peer'
import { wordProblems } from '../tasks/word_problems'
import { type Environment, SEED, type SuiteSettings } from './suite'

/** A run on word problems in this thread, its peers in workers of their own; `see` may put something in front of each. */
export function localRun(
  config: RunConfig,
  threads: number,
  { base, openPeer }: Environment,
  see: (peer: Peer) => Peer = (peer) => peer,
): Run {
  return createRun(config, {
    openTask: async () => ({ task: wordProblems, notes: [], close: () => undefined }),
    async loadPeers(wanted, onProgress) {
      const cores = threads * wanted.peers.length
      const environment = { openPeer, base, cores, ortModule: Promise.resolve(null) }
      return (await loadPeers(wanted, environment, onProgress)).map(see)
    },
    now: () => performance.now(),
    saveState: async () => undefined,
    finish: async () => undefined,
    loadState: async () => null,
  })
}

/**
 * What a peer trains on in a step of preset duet: the embedded peers run one, all three stages of it, and the request for the
 * update is kept. On wasm wherever the suite is, since tokens are all that is taken from it.
 */
export async function recordedUpdate(settings: SuiteSettings, env: Environment): Promise<UpdateRequest> {
  const config = presetConfig('duet', {
    backend: 'wasm',
    seed: SEED,
    steps: 1,
    abilityQuestions: 8,
    evalSize: 1,
  })
  let recorded: UpdateRequest | undefined
  const watched = (own: Peer): Peer => ({
    id: own.id,
    generate: (request, onText) => own.generate(request, onText),
    encode: (texts) => own.encode(texts),
    spans: (completions) => own.spans(completions),
    advantages: (request) => own.advantages(request),
    update(request) {
      // Suites train on parts of it: what a page is to be shown of it is no part of them.
      if (own.id === settings.peer.id) recorded ??= { ...request, watched: [] }
      return own.update(request)
    },
    hashParameters: (hash) => own.hashParameters(hash),
    adapterState: () => own.adapterState(),
    restore: (state) => own.restore(state),
    close: () => own.close(),
  })
  for await (const event of localRun(config, settings.threads, env, watched)) if (event.type === 'step') break
  if (!recorded) throw new Error('the step trained nothing')
  return recorded
}
