/**
 * What is computed with as many wasm threads as the second argument says, as SHA-256 of its bits: an `engine`'s work or one `product`. A
 * process of its own, since ONNX Runtime takes the count with its first session.
 */
import { createHash } from 'node:crypto'
import { type Base, loadBase } from '../../src/model/base'
import { Runtime } from '../../src/model/runtime'
import { modelInArrays } from '../../src/model/weight_source'
import { GraphBuilder } from '../../src/onnx/graph'
import * as ops from '../../src/onnx/ops'
import { deriveKey, Stream, seedKey } from '../../src/random'
import { randomVector, randomWeights, smallConfig } from '../reference/small_model'

const [wanted, threads] = [process.argv[2], Number(process.argv[3])]

function hashOf(arrays: readonly ArrayLike<number>[]): string {
  const hash = createHash('sha256')
  for (const array of arrays) hash.update(new Uint8Array(Float64Array.from(array).buffer))
  return hash.digest('hex')
}

/** As the embedded peers: products are large enough to be divided among threads. */
const config = smallConfig('llama', {
  vocabSize: 230,
  hiddenSize: 64,
  intermediateSize: 176,
  heads: 4,
  headDim: 16,
  maxPositions: 320,
})

/** Tokens sampled, their logprobs, and the adapter after an update on them. */
async function workOf(base: Base): Promise<string> {
  const engine = await base.engine({ id: 'ada', seed: 7 })
  const rows = Array.from({ length: 12 }, (_, i) => ({
    promptIds: Array.from({ length: 30 + 5 * i }, (_, j) => (i * 31 + j * 57) % config.vocabSize),
    key: deriveKey(seedKey(2), i),
  }))
  const decoded = await engine.policy.generate(rows, { temperature: 1, maxNewTokens: 24, stops: [0] })
  await engine.policy.update({
    sequences: decoded.map(({ ids, logprobs }, i) => ({
      promptIds: rows[i].promptIds,
      ids,
      oldLogprobs: logprobs,
      advantage: i % 2 === 0 ? 1 : -0.75,
    })),
    loss: {
      lossType: 'dapo',
      importanceSamplingLevel: 'token',
      epsilon: 0.2,
      epsilonHigh: 0.2,
      beta: 0.1,
      temperature: 1,
      maxCompletionLength: 24,
    },
    learningRate: 0.05,
    maxGradNorm: 1,
    adamBeta1: 0.9,
    adamBeta2: 0.95,
    adamEpsilon: 1e-8,
    weightDecay: 0,
  })
  const { parameters } = await engine.state()
  await engine.close()
  return hashOf([...decoded.flatMap(({ ids, logprobs }) => [ids, logprobs]), ...parameters])
}

async function product(runtime: Runtime): Promise<string> {
  const stream = new Stream(seedKey(5))
  const b = new GraphBuilder('product')
  b.output('y', ops.matMul(b, b.input('x', 'f32', [32, 300]), b.input('w', 'f32', [300, 64])))
  const { y } = await runtime.run(await runtime.session(b.build()), {
    x: runtime.floats(randomVector(32 * 300, stream), [32, 300]),
    w: runtime.floats(randomVector(300 * 64, stream), [300, 64]),
  })
  return hashOf([await runtime.read(y)])
}

async function ofEngine(): Promise<string> {
  const weights = randomWeights(config, 9, 4)
  const folder = { config, weights }
  const options = { source: 'random', backend: 'wasm', loraRank: 8, loraAlpha: 16, threads } as const
  return workOf(await loadBase(modelInArrays(folder), options))
}

console.log(
  wanted === 'engine' ? await ofEngine() : await product(await Runtime.create({ backend: 'wasm', threads })),
)
process.exit(0)
