/** The work whose encoding is measured, in Colloquy and in TensorFlow.js, on a model of random weights. */
import { presetConfig } from '../../config/presets'
import { loadBase } from '../../model/base'
import type { ModelConfig } from '../../model/import/config'
import type { TrainSequence, UpdateRequest } from '../../model/peer'
import { randomModel } from '../../model/weights/random_model'
import { modelInArrays } from '../../model/weights/weight_source'
import { deriveKey, Stream, seedKey } from '../../random'
import { trainingProblem } from '../rivals/training_problem'
import { IN_F32, SEED } from '../suite'
import { NEW_TOKENS, PROMPT_TOKENS, ROWS, type SideName, WIDTH, type WorkName } from './order'

/** Work of one side. Each call ends when the device has the results. */
export type Work = Readonly<Partial<Record<WorkName, () => Promise<unknown>>>>

/** Returns the work of these sides on the same model. */
export async function openWork(
  layers: number,
  sides: readonly SideName[],
): Promise<Readonly<Partial<Record<SideName, Work>>>> {
  const folder = randomModel(modelOf(layers))
  const { loraRank, loraAlpha, ...config } = presetConfig('duet')
  const source = 'random weights'
  const options = { source, backend: 'webgpu', dtype: IN_F32, loraRank, loraAlpha, threads: 1 } as const
  const engine = await (await loadBase(modelInArrays(folder), options)).engine({ id: 'bench', seed: SEED })
  const sequences = sequencesOf(folder.config)
  const request: UpdateRequest = {
    ...config,
    sequences,
    loss: { ...config, maxCompletionLength: NEW_TOKENS },
  }
  const rows = sequences.map(({ promptIds }, i) => ({ promptIds, key: deriveKey(seedKey(SEED), i) }))
  const decoding = { temperature: 1, maxNewTokens: NEW_TOKENS, stops: [folder.config.vocabSize] }
  const own: Work = {
    update: () => engine.policy.update(request),
    forward: () => engine.policy.logprobs(sequences, 1),
    decode: () => engine.policy.generate(rows, decoding),
  }
  if (!sides.includes('TensorFlow.js')) return { Colloquy: own }
  const { createTfjsTrainer } = await import('../rivals/tfjs_trainer')
  const { parameters } = await engine.state()
  const lora = { rank: loraRank, alpha: loraAlpha, parameters }
  const problem = trainingProblem(folder, sequences, { lora, optimizer: config })
  const trainer = await createTfjsTrainer(problem, 'webgpu', 1)
  return {
    Colloquy: own,
    'TensorFlow.js': { update: () => trainer.step(), forward: () => trainer.forward() },
  }
}

function modelOf(layers: number): ModelConfig {
  return {
    modelType: 'llama',
    vocabSize: 256,
    hiddenSize: WIDTH,
    intermediateSize: 3 * WIDTH,
    layers,
    heads: 4,
    kvHeads: 2,
    headDim: WIDTH / 4,
    rmsNormEpsilon: 1e-5,
    ropeTheta: 10_000,
    maxPositions: 256,
    tiedEmbeddings: true,
  }
}

/** Sequences without a common prefix: TensorFlow.js cannot share one. */
function sequencesOf({ vocabSize }: ModelConfig): TrainSequence[] {
  const stream = new Stream(seedKey(SEED))
  const tokens = (count: number) => Array.from({ length: count }, () => stream.int(0, vocabSize - 1))
  return Array.from({ length: ROWS }, (_, i) => ({
    promptIds: tokens(PROMPT_TOKENS),
    ids: tokens(NEW_TOKENS),
    oldLogprobs: null,
    advantage: i % 2 === 0 ? 1 : -1,
  }))
}
