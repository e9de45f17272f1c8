import { presetConfig } from '../../config/presets'
import type { DecodeRow } from '../../model/decode/decode'
import type { UpdateRequest } from '../../model/peer'
import { deriveKey, Stream, seedKey } from '../../random'
import { type Figure, figure } from '../figures'
import { modelMemory } from '../lab/model_memory'
import { withLabs, withPolicy } from '../lab_worker'
import { timed } from '../rounds'
import { backendOf, type Environment, type Found, SEED, type SuiteSettings } from '../suite'

const PROMPT_TOKENS = 40
const NEW_TOKENS = 32
/** Largest share by which an estimate may be off. */
const WANTED_NEAR = 0.2

/**
 * One model of any size is loaded, writes and trains for one step, each once. Prompts are random tokens, so weights may be
 * random.
 */
export async function model(settings: SuiteSettings, env: Environment): Promise<Found> {
  const { peer, threads, quick } = settings
  const rollouts = quick ? 2 : 8
  const run = presetConfig('duet')
  return withLabs(env, async (open) => {
    const lab = open()
    const { source, dtype } = peer
    await env.say(`model: loading ${peer.id}`)
    const load = await timed(() =>
      withPolicy(lab, settings, { model: { base: env.base, source }, packed: true, dtype }),
    )
    const config = await lab.call((api) => api.shape())
    const stream = new Stream(seedKey(SEED))
    const draw = (count: number) => Array.from({ length: count }, () => stream.int(0, config.vocabSize - 1))
    const promptIds = draw(PROMPT_TOKENS)
    const rows: DecodeRow[] = Array.from({ length: rollouts }, (_, i) => ({
      promptIds,
      key: deriveKey(seedKey(SEED), i),
    }))
    await env.say(`model: ${NEW_TOKENS} tokens for each of ${rollouts} rollouts`)
    const writing = await lab.call((api) => api.sample(rows, NEW_TOKENS))
    await env.say('model: an update')
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
    await env.say('model: its memory')
    const backend = backendOf(settings.place)
    const { device, javascript, expected } = await modelMemory({
      ...{ read: env.readFolder(source), source, dtype, backend, threads },
      ...{ prompts: 1, promptTokens: PROMPT_TOKENS, rollouts, newTokens: NEW_TOKENS },
      held: () => env.heldHeap(),
    })
    const { layers, hiddenSize, vocabSize } = config
    const own = (name: string, unit: string, value: number) => figure(name, unit, { Colloquy: [value] })
    return {
      setting: [
        `${peer.id}: ${config.modelType}, ${layers} layers of width ${hiddenSize}, a vocabulary of ${vocabSize}. ${rollouts} rollouts of ${NEW_TOKENS} tokens on one prompt of ${PROMPT_TOKENS}; LoRA of rank ${run.loraRank}.`,
      ],
      figures: [
        own('loaded', 's', load.seconds),
        own('tokens written', 'tokens/s', (rollouts * NEW_TOKENS) / writing),
        own('an update', 's', update.seconds),
        nextToEstimate(backend === 'wasm' ? 'peak wasm memory' : 'peak GPU buffers', device, expected.device),
        nextToEstimate('peak JavaScript memory', javascript, expected.javascript),
      ],
    }
  })
}

/** Bytes, next to what was expected before the model was loaded. */
function nextToEstimate(name: string, measured: number, expected: number): Figure {
  const bar = { kind: 'near', side: 'its estimate', share: WANTED_NEAR } as const
  return figure(name, 'bytes', { Colloquy: [measured], 'its estimate': [expected] }, [bar])
}
