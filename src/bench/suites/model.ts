import type { DecodeRow } from '../../model/decode'
import type { UpdateRequest } from '../../model/peer'
import { deriveKey, Stream, seedKey } from '../../random'
import { presetConfig } from '../../runs/presets'
import type { Figure } from '../figures'
import { withLabs } from '../lab_worker'
import type { SuiteOutcome } from '../results'
import { sidesOf, timed } from '../rounds'
import { backendOf, SEED, type SuiteSettings, type Surroundings } from '../suite'

const PROMPT_TOKENS = 40
const NEW_TOKENS = 32

/** One model of any size: loaded, made to write, trained for one step, each once. Prompts are random tokens, so that weights may be random. */
export async function model(settings: SuiteSettings, around: Surroundings): Promise<SuiteOutcome> {
  const { peer, threads, quick } = settings
  const rollouts = quick ? 2 : 8
  const run = presetConfig('duet')
  const { loraRank, loraAlpha } = run
  return withLabs(around, async (open) => {
    const lab = open()
    const backend = backendOf(settings.place)
    await around.say(`model: loading ${peer.id}`)
    const source = { base: around.base, source: peer.source }
    const load = await timed(() =>
      lab.call((api) =>
        api.openPolicy({ model: source, backend, threads, loraRank, loraAlpha, packed: true }),
      ),
    )
    const config = await lab.call((api) => api.shape())
    const stream = new Stream(seedKey(SEED))
    const draw = (count: number) => Array.from({ length: count }, () => stream.int(0, config.vocabSize - 1))
    const promptIds = draw(PROMPT_TOKENS)
    const rows: DecodeRow[] = Array.from({ length: rollouts }, (_, i) => ({
      promptIds,
      key: deriveKey(seedKey(SEED), i),
    }))
    await around.say(`model: ${NEW_TOKENS} tokens for each of ${rollouts} rollouts`)
    const writing = await lab.call((api) => api.sample(rows, NEW_TOKENS))
    await around.say('model: an update')
    const request: UpdateRequest = {
      ...run,
      sequences: rows.map((_, i) => ({
        promptIds,
        ids: draw(NEW_TOKENS),
        oldLogprobs: null,
        advantage: i % 2 === 0 ? 1 : 0.5,
      })),
      loss: { ...run, maxCompletionLength: NEW_TOKENS },
    }
    const update = await lab.call((api) => api.update(request))
    const held = await lab.call((api) => api.held())
    const use = { rows: rollouts, tokens: PROMPT_TOKENS + NEW_TOKENS, adapters: 1 }
    const plan = await lab.call((api) => api.plan(use))
    const { layers, hiddenSize, vocabSize } = config
    return {
      setting: [
        `${peer.id}: ${config.modelType}, ${layers} layers of width ${hiddenSize}, a vocabulary of ${vocabSize}. ${rollouts} rollouts of ${NEW_TOKENS} tokens on one prompt of ${PROMPT_TOKENS}; LoRA of rank ${loraRank}.`,
      ],
      figures: [
        figure('loaded', 's', true, load.seconds),
        figure('tokens written', 'tokens/s', false, (rollouts * NEW_TOKENS) / writing),
        figure('an update', 's', true, update.seconds),
        {
          name:
            backend === 'wasm'
              ? 'wasm memory at its peak, next to its estimate'
              : 'GPU buffers, next to their estimate',
          unit: 'bytes',
          lessIsBetter: true,
          sides: sidesOf({ Colloquy: [held], estimate: [plan.device] }),
          bars: [{ kind: 'within', side: 'estimate', times: 1.2 }],
        },
      ],
      fits: [],
    }
  })
}

function figure(name: string, unit: string, lessIsBetter: boolean, value: number): Figure {
  return { name, unit, lessIsBetter, sides: [{ name: 'Colloquy', samples: [value] }], bars: [] }
}
