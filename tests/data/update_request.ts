import type { UpdateRequest } from '../../src/model/peer'

/** Settings of an update, with a learning rate at which one update of a small adapter shows. */
export const UPDATE: Omit<UpdateRequest, 'sequences'> = {
  loss: {
    lossType: 'dapo',
    importanceSamplingLevel: 'token',
    epsilon: 0.2,
    epsilonHigh: 0.2,
    beta: 0,
    temperature: 1,
    maxCompletionLength: 12,
  },
  learningRate: 0.05,
  maxGradNorm: 1,
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  weightDecay: 0,
}
