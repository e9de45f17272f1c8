/** A training step in TensorFlow.js: its automatic differentiation of an eager forward pass, and AdamW on its tensors. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import { ColloquyError } from '../../errors'
import type { Backend } from '../../model/runtime'
import { loraLayout } from '../../model/train/lora'
import { TfjsDecoder, type TfjsLora } from './tfjs_decoder'
import type { Trainer } from './training_peer'
import type { TrainingProblem } from './training_problem'

/** @throws ColloquyError `backend` where the library cannot start it */
export async function createTfjsTrainer(
  problem: TrainingProblem,
  backend: Backend,
  threads: number,
): Promise<Trainer> {
  await startBackend(backend, threads)
  // Without it every operation checks its numbers.
  tf.enableProdMode()
  const { rank, parameters } = problem.lora
  const { tensors, size } = loraLayout(problem.config, rank)
  const decoder = new TfjsDecoder(problem)
  const batches = problem.batches.map((batch) => decoder.batch(batch))
  // The whole adapter is one variable, so that clip and AdamW are few kernels; the gradient of a split is one join.
  const whole = new Float32Array(parameters.length * size)
  parameters.forEach((flat, layer) => {
    whole.set(flat, layer * size)
  })
  const lora = tf.variable(tf.tensor1d(whole))
  const moments = {
    first: tf.variable(tf.zerosLike(lora), false),
    second: tf.variable(tf.zerosLike(lora), false),
  }
  const shapes = parameters.flatMap(() =>
    tensors.map(({ shape: [rows, columns] }): [number, number] => [rows, columns]),
  )
  let updates = 0

  const layersOf = (flat: tf.Tensor1D): TfjsLora[] => {
    const sizes = shapes.map(([rows, columns]) => rows * columns)
    const parts = tf.split(flat, sizes).map((part, i) => tf.reshape<tf.Rank.R2>(part, shapes[i]))
    return parameters.map((_, layer) =>
      Object.fromEntries(tensors.map(({ name }, i) => [name, parts[layer * tensors.length + i]])),
    )
  }

  /** Loss and gradient, summed over the batches. The caller disposes them. */
  const gradientOf = () =>
    batches
      .map((batch) => {
        const { value, grads } = tf.variableGrads(() => {
          const logprobs = decoder.logprobs(layersOf(lora), batch)
          return tf.neg(tf.sum(tf.mul(logprobs, batch.coefficients)))
        }, [lora])
        return { loss: value, gradient: grads[lora.name] }
      })
      .reduce((sum, part) => {
        const [loss, gradient] = [
          tf.add(sum.loss, part.loss) as tf.Scalar,
          tf.add(sum.gradient, part.gradient),
        ]
        tf.dispose([sum, part])
        return { loss, gradient }
      })

  /** AdamW on the gradient clipped to a norm, in PyTorch's order of operations -> norm before. */
  const update = (gradient: tf.Tensor) => {
    const { learningRate, maxGradNorm, adamBeta1, adamBeta2, adamEpsilon, weightDecay } = problem.optimizer
    const { first, second } = moments
    const norm = tf.sqrt(tf.sum(tf.square(gradient)))
    const g = tf.mul(gradient, tf.minimum(1, tf.div(maxGradNorm, tf.add(norm, 1e-6))))
    const m = tf.add<tf.Tensor1D>(tf.mul(first, adamBeta1), tf.mul(g, 1 - adamBeta1))
    const v = tf.add<tf.Tensor1D>(tf.mul(second, adamBeta2), tf.mul(tf.square(g), 1 - adamBeta2))
    const root = tf.add(tf.sqrt(tf.div(v, 1 - adamBeta2 ** updates)), adamEpsilon)
    const move = tf.mul(tf.div(tf.div(m, 1 - adamBeta1 ** updates), root), learningRate)
    first.assign(m)
    second.assign(v)
    lora.assign(tf.sub(tf.mul(lora, 1 - learningRate * weightDecay), move))
    return norm
  }

  const layers = async (flat: tf.Tensor) => {
    const values = await flat.data<'float32'>()
    return parameters.map((_, layer) => values.slice(layer * size, (layer + 1) * size))
  }

  return {
    async step() {
      updates++
      const { loss, gradient } = gradientOf()
      const norm = tf.tidy(() => update(gradient))
      const [[lossValue], [gradNorm]] = await Promise.all([loss.data(), norm.data(), lora.data()])
      tf.dispose([loss, norm, gradient])
      return { loss: lossValue, gradNorm }
    },
    async forward() {
      const logprobs = batches.map((batch) => tf.tidy(() => decoder.logprobs(layersOf(lora), batch)))
      const values = await Promise.all(logprobs.map((tensor) => tensor.data<'float32'>()))
      tf.dispose(logprobs)
      return values
    },
    async gradients() {
      const { loss, gradient } = gradientOf()
      const flat = await layers(gradient)
      tf.dispose([loss, gradient])
      return flat
    },
    parameters: () => layers(lora),
  }
}

async function startBackend(backend: Backend, threads: number): Promise<void> {
  if (backend === 'wasm') await (await import('./tfjs_wasm')).loadWasmBackend(threads)
  else await import('@tensorflow/tfjs-backend-webgpu')
  // It gives false where the backend cannot start, and says why on the console alone.
  if (await tf.setBackend(backend)) return
  throw new ColloquyError({
    code: 'backend',
    what: 'TensorFlow.js',
    found: `no ${backend}`,
    wanted: 'a backend that the browser offers',
    todo: 'Choose the wasm backend',
  })
}
