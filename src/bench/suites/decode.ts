import { loadInWorker, type WorkerPeer } from '../../../workers/peer_host'
import { SupervisedWorker } from '../../../workers/supervised'
import { presetConfig } from '../../config/presets'
import type { Completion } from '../../model/peer'
import { deriveKey, seedKey } from '../../random'
import { wordProblems } from '../../tasks/word_problems'
import { type Figure, figure } from '../figures'
import { inTurns, sayRound, timed } from '../rounds'
import { backendOf, type Environment, type Found, roundsOf, SEED, type SuiteSettings } from '../suite'
import type { HubApi, HubCompletions } from '../transformers_js.worker'

const MAX_NEW_TOKENS = wordProblems.maxNewTokens('share', 2)
/** Times as fast as transformers.js that sampling has to be. */
const WANTED = { wasm: 3, webgpu: 2 } as const

type Hub = SupervisedWorker<HubApi, never>

/** A peer's answers next to those of transformers.js' generate() on the same folder, each side in a worker of its own. */
export async function decode(settings: SuiteSettings, env: Environment): Promise<Found> {
  const { place, software, peer, threads } = settings
  const [questions, rollouts] = software ? [2, 4] : [8, 8]
  const backend = backendOf(place)
  await env.say(`decode: loading ${peer.source}`)
  const hub = env.openHub
    ? new SupervisedWorker<HubApi, never>(env.openHub(), 'worker of transformers.js', () => undefined)
    : null
  const load = { ids: [peer.id], source: peer.source, base: env.base, backend, threads }
  const [own] = await loadInWorker(env.openPeer(), { ...presetConfig('duet'), ...load }, () => undefined)
  try {
    if (hub) await hub.call((api) => api.load(new URL(env.base).pathname, peer.source, backend, threads))
    const prompts = wordProblems
      .questions('validation', seedKey(SEED), questions)
      .flatMap((question) => Array<string>(rollouts).fill(wordProblems.sharePrompt(question)))
    const figures: Figure[] = []
    for (const sample of [true, false])
      figures.push(...(await answers(own, hub, prompts, sample, settings, env)))
    return {
      setting: [
        `${questions} questions, ${rollouts} rollouts each: a batch of ${prompts.length}. At most ${MAX_NEW_TOKENS} new tokens, one stop token.`,
      ],
      figures,
    }
  } finally {
    await own.close()
    hub?.terminate()
  }
}

async function answers(
  peer: WorkerPeer,
  hub: Hub | null,
  prompts: readonly string[],
  sample: boolean,
  settings: SuiteSettings,
  env: Environment,
): Promise<Figure[]> {
  const own: (readonly Completion[])[] = []
  const others: HubCompletions[] = []
  const sides: Record<string, (round: number) => Promise<number>> = {
    Colloquy: async (round) => {
      const { result, seconds } = await timed(() =>
        peer.generate({
          samples: prompts.map((prompt, i) => ({ prompt, key: deriveKey(seedKey(SEED), round, i) })),
          temperature: sample ? 1 : 0,
          maxNewTokens: MAX_NEW_TOKENS,
        }),
      )
      own.push(result)
      return result.reduce((tokens, { ids }) => tokens + ids.length, 0) / seconds
    },
  }
  if (hub)
    sides['transformers.js'] = async (round) => {
      const { result, seconds } = await timed(() =>
        hub.call((api) => api.generate({ prompts, maxNewTokens: MAX_NEW_TOKENS, sample, seed: round })),
      )
      others.push(result)
      return result.tokens / seconds
    }
  const rounds = roundsOf(settings)
  const samples = await inTurns(
    rounds,
    sides,
    sayRound(env.say, sample ? 'decode, sampled' : 'decode, greedy', rounds),
  )
  if (sample) {
    const times = WANTED[backendOf(settings.place)]
    const bars = hub ? [{ kind: 'better', side: 'transformers.js', times } as const] : []
    return [figure('sampling speed at temperature 1', 'tokens/s', samples, bars)]
  }
  const speed = figure('greedy decoding speed', 'tokens/s', samples)
  if (!hub) return [speed]
  const alike = own.map(
    (completions, round) =>
      (100 * completions.filter(({ text }, i) => text === others[round].texts[i]).length) /
      completions.length,
  )
  return [speed, figure('equal greedy answers', '%', { Colloquy: alike })]
}
