import { loadInWorker, type WorkerPeer } from '../../../workers/peer_host'
import { SupervisedWorker } from '../../../workers/supervised'
import { presetConfig } from '../../config/presets'
import type { Completion } from '../../model/peer'
import { deriveKey, seedKey } from '../../random'
import { wordProblems } from '../../tasks/word_problems'
import type { Figure } from '../figures'
import type { SuiteOutcome } from '../results'
import { inTurns, sidesOf, timed } from '../rounds'
import { backendOf, type Environment, roundsOf, SEED, type SuiteSettings } from '../suite'
import type { HubApi, HubCompletions } from '../transformers_js.worker'

const MAX_NEW_TOKENS = wordProblems.maxNewTokens('share', 2)
/** Times as fast as transformers.js that sampling has to be. */
const WANTED = { wasm: 3, webgpu: 2, node: 3 } as const

type Hub = SupervisedWorker<HubApi, never>

/** A peer's answers next to those of transformers.js' generate() on the same folder, each side in a worker of its own. */
export async function decode(settings: SuiteSettings, around: Environment): Promise<SuiteOutcome> {
  const { place, software, peer, threads } = settings
  const [questions, rollouts] = software ? [2, 4] : [8, 8]
  const backend = backendOf(place)
  await around.say(`decode: loading ${peer.source}`)
  const hub = around.openHub
    ? new SupervisedWorker<HubApi, never>(around.openHub(), 'worker of transformers.js', () => undefined)
    : null
  const [own] = await loadInWorker(
    around.openPeer(),
    {
      ...presetConfig('duet'),
      ids: [peer.id],
      source: peer.source,
      base: around.base,
      backend,
      threads,
    },
    () => undefined,
  )
  try {
    if (hub) await hub.call((api) => api.load(new URL(around.base).pathname, peer.source, backend, threads))
    const prompts = wordProblems
      .questions('validation', seedKey(SEED), questions)
      .flatMap((question) => Array<string>(rollouts).fill(wordProblems.sharePrompt(question)))
    const sampled = await answers(own, hub, prompts, true, settings, around)
    const greedy = await answers(own, hub, prompts, false, settings, around)
    const setting = `${questions} questions, ${rollouts} rollouts each: a batch of ${prompts.length}. At most ${MAX_NEW_TOKENS} new tokens, one stop token.`
    return {
      setting: [setting],
      figures: [...figuresOf(sampled, place), ...figuresOf(greedy, place)],
      fits: [],
    }
  } finally {
    await own.close()
    hub?.terminate()
  }
}

interface Answers {
  readonly sample: boolean
  readonly samples: Readonly<Record<string, readonly number[]>>
  readonly own: readonly (readonly Completion[])[]
  readonly hub: readonly HubCompletions[]
}

async function answers(
  peer: WorkerPeer,
  hub: Hub | null,
  prompts: readonly string[],
  sample: boolean,
  settings: SuiteSettings,
  around: Environment,
): Promise<Answers> {
  const own: (readonly Completion[])[] = []
  const others: HubCompletions[] = []
  const rounds = roundsOf(settings)
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
      return result.reduce((sum, { ids }) => sum + ids.length, 0) / seconds
    },
  }
  if (hub)
    sides['transformers.js'] = async (round) => {
      const { result, seconds } = await timed(() =>
        hub.call((api) => api.generate({ prompts, maxNewTokens: MAX_NEW_TOKENS, sample, seed: round })),
      )
      others.push(result)
      return result.kept / seconds
    }
  const what = sample ? 'sampled' : 'greedy'
  const samples = await inTurns(rounds, sides, (round) =>
    around.say(`decode, ${what}: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`),
  )
  return { sample, samples, own, hub: others }
}

function figuresOf({ sample, samples, own, hub }: Answers, place: SuiteSettings['place']): Figure[] {
  const speed: Figure = {
    name: sample ? 'sampling speed at temperature 1' : 'greedy decoding speed',
    unit: 'tokens/s',
    lessIsBetter: false,
    sides: sidesOf(samples),
    bars: sample && hub.length > 0 ? [{ kind: 'better', side: 'transformers.js', times: WANTED[place] }] : [],
  }
  if (hub.length === 0) return [speed]
  if (sample)
    return [
      speed,
      {
        name: 'tokens after the stop token of their row, not counted',
        unit: '%',
        lessIsBetter: true,
        sides: [
          { name: 'transformers.js', samples: hub.slice(1).map(({ kept, made }) => 100 * (1 - kept / made)) },
        ],
        bars: [],
      },
    ]
  const alike = own.map(
    (completions, round) => completions.filter(({ text }, i) => text === hub[round].texts[i]).length,
  )
  return [
    speed,
    {
      name: 'equal greedy answers',
      unit: '%',
      lessIsBetter: false,
      sides: [{ name: 'Colloquy', samples: alike.map((count, i) => (100 * count) / own[i].length) }],
      bars: [],
    },
  ]
}
