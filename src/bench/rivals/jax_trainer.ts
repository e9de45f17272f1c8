/** A training step in jax-js: one compiled function from parameters and moments to new ones. */
import { blockUntilReady, defaultDevice, init, jit, numpy as np, tree, valueAndGrad } from '@jax-js/jax'
import { ColloquyError } from '../../errors'
import type { Backend } from '../../model/runtime'
import { loraLayout } from '../../model/train/lora'
import { floats, type JaxBatch, type JaxModel, uploadBatch, uploadModel } from './jax_arrays'
import { hiddenStates, type JaxLora, tokenLogprobs } from './jax_decoder'
import type { Trainer } from './training_peer'
import type { TrainingOptimizer, TrainingProblem } from './training_problem'

type Moments = { first: JaxLora; second: JaxLora }

/**
 * @param threads of wasm, which the browser has to report as its processors before the library is loaded (see `jax.worker.ts`): it starts
 *   a thread for each
 * @throws ColloquyError `backend` where the library finds no WebGPU
 */
export async function createJaxTrainer(
  problem: TrainingProblem,
  backend: Backend,
  threads: number,
): Promise<Trainer> {
  if (!(await init(backend)).includes(backend))
    throw new ColloquyError({
      code: 'backend',
      what: 'jax-js',
      found: `no ${backend}`,
      wanted: 'a backend that the browser offers',
      todo: 'Choose the wasm backend',
    })
  defaultDevice(backend)
  const { config, optimizer } = problem
  const { rank, alpha } = problem.lora
  const { tensors, size } = loraLayout(config, rank)
  const model = uploadModel(problem)
  const batches = problem.batches.map((batch) => uploadBatch(problem, batch))
  const functions = compile(problem, alpha / rank)

  let lora: JaxLora = problem.lora.parameters.map((flat) =>
    Object.fromEntries(
      tensors.map(({ name, offset, shape }) => [
        name,
        floats(flat.subarray(offset, offset + shape[0] * shape[1]), shape),
      ]),
    ),
  )
  const zeros = (): JaxLora => tree.map((x: np.Array) => np.zeros(x.shape), lora) as JaxLora
  let moments: Moments = { first: zeros(), second: zeros() }
  let updates = 0

  /** The values of an array, computed with all that its function computes. Takes it over. */
  const read = async (array: np.Array) => {
    // On one thread the calling one is faster: a message to a thread of the library for each kernel is saved.
    const values = backend === 'wasm' && threads === 1 ? array.dataSync() : await array.data()
    if (!(values instanceof Float32Array)) throw new TypeError('everything here is float32')
    return values
  }
  /** Flat arrays from named ones. Takes them over. */
  const flatten = (layers: JaxLora) =>
    Promise.all(
      layers.map(async (layer) => {
        const flat = new Float32Array(size)
        for (const { name, offset } of tensors) flat.set(await read(layer[name]), offset)
        return flat
      }),
    )

  return {
    async step() {
      updates++
      const corrections = floats(inverseCorrections(optimizer, updates), [2])
      const [loss, norm, newLora, newMoments] = functions.step(
        lora,
        moments,
        corrections,
        tree.ref(model),
        tree.ref(batches),
      )
      lora = newLora
      moments = newMoments
      const [[lossValue], [gradNorm]] = [await read(loss), await read(norm)]
      await blockUntilReady({ lora, moments })
      return { loss: lossValue, gradNorm }
    },
    forward() {
      return Promise.all(functions.forward(tree.ref(lora), tree.ref(model), tree.ref(batches)).map(read))
    },
    async gradients() {
      const [loss, gradient] = functions.gradients(tree.ref(lora), tree.ref(model), tree.ref(batches))
      loss.dispose()
      return flatten(gradient)
    },
    parameters: () => flatten(tree.ref(lora)),
  }
}

/** 1 / (1 - beta^update) of both moments: an argument, so that updates share one compiled function. */
function inverseCorrections({ adamBeta1, adamBeta2 }: TrainingOptimizer, update: number): Float32Array {
  return Float32Array.of(1 / (1 - adamBeta1 ** update), 1 / (1 - adamBeta2 ** update))
}

/** The functions of a step, each compiled as a whole when it is first called. */
function compile({ config, optimizer }: TrainingProblem, scale: number) {
  const logprobs = (
    lora: JaxLora,
    { weights, head }: JaxModel,
    { rows, scoredRows, scoredIds }: Pick<JaxBatch, 'rows' | 'scoredRows' | 'scoredIds'>,
  ): np.Array => {
    const states = hiddenStates(config, scale, lora, weights, rows)
    return tokenLogprobs(config.rmsNormEpsilon, np.take(states, scoredRows, 0), head, scoredIds)
  }

  const batchGradients = valueAndGrad(
    (lora: JaxLora, model: JaxModel, { coefficients, ...scored }: JaxBatch): np.Array =>
      np.negative(np.sum(logprobs(lora, model, scored).mul(coefficients))),
  )

  const gradients = (lora: JaxLora, model: JaxModel, batches: JaxBatch[]): [np.Array, JaxLora] => {
    const parts = batches.map((batch) => batchGradients(tree.ref(lora), tree.ref(model), batch))
    tree.dispose({ lora, model })
    return parts.reduce(([loss, sum], [otherLoss, other]) => [loss.add(otherLoss), added(sum, other)])
  }

  const step = (
    lora: JaxLora,
    moments: Moments,
    corrections: np.Array,
    model: JaxModel,
    batches: JaxBatch[],
  ): [np.Array, np.Array, JaxLora, Moments] => {
    const [loss, gradient] = gradients(tree.ref(lora), model, batches)
    return [loss, ...adamw(optimizer, lora, moments, gradient, corrections)]
  }

  const forward = (lora: JaxLora, model: JaxModel, batches: JaxBatch[]): np.Array[] => {
    const values = batches.map(({ coefficients, ...scored }) => {
      coefficients.dispose()
      return logprobs(tree.ref(lora), tree.ref(model), scored)
    })
    tree.dispose({ lora, model })
    return values
  }

  return { step: jit(step), gradients: jit(gradients), forward: jit(forward) }
}

function added(a: JaxLora, b: JaxLora): JaxLora {
  return a.map((layer, i) =>
    Object.fromEntries(Object.entries(layer).map(([name, value]) => [name, value.add(b[i][name])])),
  )
}

/** AdamW on gradients clipped to a global norm, in PyTorch's order of operations -> norm, parameters, moments. */
function adamw(
  optimizer: TrainingOptimizer,
  lora: JaxLora,
  { first, second }: Moments,
  gradient: JaxLora,
  corrections: np.Array,
): [np.Array, JaxLora, Moments] {
  const { learningRate, maxGradNorm, adamBeta1, adamBeta2, adamEpsilon, weightDecay } = optimizer
  const squares = gradient.flatMap((layer) => Object.values(layer).map((x) => np.sum(np.square(x.ref))))
  const norm = np.sqrt(squares.reduce((sum, part) => sum.add(part)))
  const clip = np.minimum(1, np.reciprocal(norm.ref.add(1e-6)).mul(maxGradNorm))
  const [correction1, correction2] = np.split(corrections, 2)
  const next: [JaxLora, JaxLora, JaxLora] = [[], [], []]
  lora.forEach((layer, i) => {
    const entries = Object.entries(layer).map(([name, value]) => {
      const g = gradient[i][name].mul(clip.ref)
      const m = first[i][name].mul(adamBeta1).add(g.ref.mul(1 - adamBeta1))
      const v = second[i][name].mul(adamBeta2).add(np.square(g).mul(1 - adamBeta2))
      const root = np.sqrt(v.ref.mul(correction2.ref)).add(adamEpsilon)
      const move = m.ref.mul(correction1.ref).div(root).mul(learningRate)
      return { name, arrays: [value.mul(1 - learningRate * weightDecay).sub(move), m, v] }
    })
    next.forEach((layers, k) => {
      layers.push(Object.fromEntries(entries.map(({ name, arrays }) => [name, arrays[k]])))
    })
  })
  tree.dispose([clip, correction1, correction2])
  return [norm, next[0], { first: next[1], second: next[2] }]
}
