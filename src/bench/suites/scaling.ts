import { presetConfig } from '../../config/presets'
import type { ModelConfig } from '../../model/import/config'
import type { TrainSequence, UpdateRequest } from '../../model/peer'
import { deriveKey, Stream, seedKey } from '../../random'
import { type Fit, fitOf } from '../fit'
import { type Lab, withLabs, withPolicy } from '../lab_worker'
import { localRun } from '../local_run'
import { backendOf, type Environment, type Found, roundsOf, SEED, type SuiteSettings } from '../suite'

/** The base model of all sweeps: the embedded peers' layers, with more positions. */
const MODEL: ModelConfig = {
  modelType: 'llama',
  vocabSize: 256,
  hiddenSize: 64,
  intermediateSize: 192,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  rmsNormEpsilon: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 1024,
  tiedEmbeddings: true,
}

interface Shape {
  readonly model: ModelConfig
  /** Rows of a batch: one question's rollouts, which share its prompt. */
  readonly group: number
  /** Tokens of a sequence, half of them prompt. */
  readonly length: number
}

/** A property that varies while the others stay. */
interface Sweep {
  readonly against: string
  readonly values: readonly number[]
  readonly shape: (value: number, base: Shape) => Shape
  readonly own: number
  readonly why: string
}

function sweepsOf({ software }: SuiteSettings): readonly Sweep[] {
  const by = (values: readonly number[]) => (software ? values.map((value) => value / 4) : values)
  const linear = { own: 1, why: 'linear' }
  return [
    {
      against: 'tokens of a sequence',
      values: by([64, 128, 256, 512]),
      shape: (length, base) => ({ ...base, length }),
      own: 2,
      why: 'attention sees all pairs, the rest is linear',
    },
    {
      against: 'layers',
      values: software ? [1, 2, 3, 4] : [2, 4, 6, 8],
      shape: (layers, base) => ({ ...base, model: { ...base.model, layers } }),
      ...linear,
    },
    {
      against: 'vocabulary',
      values: by([1024, 4096, 16_384, 65_536]),
      shape: (vocabSize, base) => ({ ...base, model: { ...base.model, vocabSize } }),
      ...linear,
    },
    {
      against: 'group size',
      values: by([8, 16, 32, 64]),
      shape: (group, base) => ({ ...base, group }),
      ...linear,
    },
  ]
}

function baseOf({ software }: SuiteSettings): Shape {
  return software
    ? { model: { ...MODEL, layers: 1 }, group: 2, length: 16 }
    : { model: MODEL, group: 8, length: 64 }
}

/** How the cost of updating, of decoding and of a whole step grows, one variable at a time. */
export async function scaling(settings: SuiteSettings, env: Environment): Promise<Found> {
  const base = baseOf(settings)
  const fits: Fit[] = []
  for (const sweep of sweepsOf(settings)) fits.push(...(await sweepOver(sweep, base, settings, env)))
  // A whole step takes minutes on a software GPU.
  if (!settings.software) fits.push(await stepAgainstPeers(settings, env))
  const { layers, hiddenSize, vocabSize } = base.model
  return {
    setting: [
      `Random weights in four bits; ${layers} layers of width ${hiddenSize}, a vocabulary of ${vocabSize}, groups of ${base.group} on one prompt, sequences of ${base.length} tokens, half of them prompt, but for what is varied.`,
    ],
    fits,
  }
}

async function sweepOver(
  sweep: Sweep,
  base: Shape,
  settings: SuiteSettings,
  env: Environment,
): Promise<Fit[]> {
  const { against, values, own, why } = sweep
  return withLabs(env, async (open) => {
    await env.say(`scaling: ${against}`)
    const shapes = values.map((value) => sweep.shape(value, base))
    // Shapes with one model share a policy: only their batches differ.
    const labs = new Map<ModelConfig, Lab>()
    for (const { model } of shapes)
      if (!labs.has(model)) labs.set(model, await withPolicy(open(), settings, { model, packed: true }))
    const seconds = { update: values.map((): number[] => []), decode: values.map((): number[] => []) }
    const rounds = settings.software ? 1 : roundsOf(settings, 5)
    const stream = new Stream(seedKey(SEED))
    for (let round = 0; round <= rounds; round++)
      for (const i of stream.shuffle(values.map((_, index) => index))) {
        const lab = labs.get(shapes[i].model)
        if (!lab) continue
        const update = await lab.call((api) => api.update(updateOf(shapes[i])))
        const rows = rowsOf(shapes[i], round)
        const decode = await lab.call((api) => api.sample(rows, shapes[i].length / 2))
        if (round === 0) continue
        seconds.update[i].push(update.seconds)
        seconds.decode[i].push(decode)
      }
    return Object.entries(seconds).map(([cost, samples]) =>
      fitOf({ cost, against, own, why }, values, samples),
    )
  })
}

function tokensOf(stream: Stream, count: number, { vocabSize }: ModelConfig): number[] {
  return Array.from({ length: count }, () => stream.int(0, vocabSize - 1))
}

function promptOf({ model, length }: Shape): number[] {
  return tokensOf(new Stream(seedKey(SEED)), length / 2, model)
}

function rowsOf(shape: Shape, round: number) {
  const promptIds = promptOf(shape)
  return Array.from({ length: shape.group }, (_, i) => ({
    promptIds,
    key: deriveKey(seedKey(SEED), round, i),
  }))
}

function updateOf(shape: Shape): UpdateRequest {
  const promptIds = promptOf(shape)
  const stream = new Stream(seedKey(SEED + 1))
  const sequences = Array.from({ length: shape.group }, (_, i): TrainSequence => {
    const ids = tokensOf(stream, shape.length / 2, shape.model)
    return { promptIds, ids, oldLogprobs: null, advantage: i % 2 === 0 ? 1 : -1 }
  })
  const config = presetConfig('duet')
  return { ...config, sequences, loss: { ...config, maxCompletionLength: shape.length / 2 } }
}

/** A discussion has at least two. */
const PEERS = [2, 3, 4]
/** Timed steps of a run; one more warms up. */
const STEPS = 2

/** A whole step of so many peers with the same model, each in its worker, on the cores that there are. */
async function stepAgainstPeers(settings: SuiteSettings, env: Environment): Promise<Fit> {
  const samples = PEERS.map((): number[] => [])
  const stream = new Stream(seedKey(SEED))
  const runs = roundsOf(settings, 3)
  for (let run = 0; run < runs; run++)
    for (const i of stream.shuffle(PEERS.map((_, index) => index))) {
      await env.say(`scaling: ${PEERS[i]} peers, run ${run + 1} of ${runs}`)
      const config = presetConfig('duet', {
        peers: Array.from({ length: PEERS[i] }, (_, p) => ({
          id: `peer-${p + 1}`,
          source: settings.peer.source,
        })),
        backend: backendOf(settings.place),
        seed: SEED + run,
        steps: STEPS + 1,
        questionsPerStep: 4,
        numGenerations: 4,
        abilityQuestions: 8,
        evalSize: 1,
      })
      for await (const event of localRun(config, settings.threads, env))
        if (event.type === 'step' && event.step > 1) samples[i].push(event.metrics.step_time)
    }
  const own = { own: 2, why: 'N peers, each of which reads N ideas' }
  return fitOf({ cost: 'a whole step', against: 'number of peers', ...own }, PEERS, samples)
}
