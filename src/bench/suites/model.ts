import { presetConfig } from '../../config/presets'
import type { DecodeRow } from '../../model/decode/decode'
import type { UpdateRequest } from '../../model/peer'
import { deriveKey, Stream, seedKey } from '../../random'
import type { Figure } from '../figures'
import { modelMemory } from '../lab/model_memory'
import { withLabs } from '../lab_worker'
import type { SuiteOutcome } from '../results'
import { sidesOf, timed } from '../rounds'
import { backendOf, type Environment, SEED, type SuiteSettings } from '../suite'

const PROMPT_TOKENS = 40
const NEW_TOKENS = 32
/** An estimate is to be off by no more than this share. */
const WANTED_NEAR = 0.2

/** One model of any size: loaded, made to write, trained for one step, each once. Prompts are random tokens, so that weights may be random. */
export async function model(settings: SuiteSettings, around: Environment): Promise<SuiteOutcome> {
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
        api.openPolicy({
          model: source,
          dtype: peer.dtype,
          backend,
          threads,
          loraRank,
          loraAlpha,
          packed: true,
        }),
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
    lab.terminate()
    await around.say('model: its memory')
    const memory = await modelMemory({
      read: around.readFolder(peer.source),
      source: peer.source,
      dtype: peer.dtype,
      backend,
      threads,
      prompts: 1,
      promptTokens: PROMPT_TOKENS,
      rollouts,
      newTokens: NEW_TOKENS,
      held: () => around.heldHeap(),
    })
    const { layers, hiddenSize, vocabSize } = config
    return {
      setting: [
        `${peer.id}: ${config.modelType}, ${layers} layers of width ${hiddenSize}, a vocabulary of ${vocabSize}. ${rollouts} rollouts of ${NEW_TOKENS} tokens on one prompt of ${PROMPT_TOKENS}; LoRA of rank ${loraRank}.`,
      ],
      figures: [
        figure('loaded', 's', true, load.seconds),
        figure('tokens written', 'tokens/s', false, (rollouts * NEW_TOKENS) / writing),
        figure('an update', 's', true, update.seconds),
        expectedFigure(
          backend === 'wasm' ? 'wasm memory at its peak' : 'GPU buffers at their peak',
          memory.device,
          memory.expected.device,
        ),
        expectedFigure('JavaScript memory at its peak', memory.javascript, memory.expected.javascript),
      ],
      fits: [],
    }
  })
}

/** Bytes, next to what was expected before the model was loaded. */
function expectedFigure(name: string, measured: number, expected: number): Figure {
  return {
    name,
    unit: 'bytes',
    lessIsBetter: true,
    sides: sidesOf({ Colloquy: [measured], 'its estimate': [expected] }),
    bars: [{ kind: 'near', side: 'its estimate', share: WANTED_NEAR }],
  }
}

function figure(name: string, unit: string, lessIsBetter: boolean, value: number): Figure {
  return { name, unit, lessIsBetter, sides: [{ name: 'Colloquy', samples: [value] }], bars: [] }
}
