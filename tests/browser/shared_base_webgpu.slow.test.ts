import { afterEach, expect, it, vi } from 'vitest'
import { type Engine, loadBase } from '../../src/model/base'
import type { ModelFolder } from '../../src/model/import/folder'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { deriveKey, seedKey } from '../../src/random'
import { UPDATE } from '../data/update_request'
import { randomWeights, smallConfig } from '../reference/small_model'

const options = {
  source: 'a random model',
  backend: 'webgpu' as const,
  loraRank: 2,
  loraAlpha: 4,
  threads: 1,
}
const config = smallConfig('llama', { layers: 1, hiddenSize: 32, intermediateSize: 32 })
const folder: ModelFolder = {
  config,
  weights: randomWeights(config, 3, 4),
  tokenizerJson: {},
  tokenizerConfig: {},
  stopIds: [],
}

const rows = Array.from({ length: 3 }, (_, i) => ({
  promptIds: Array.from({ length: 1 + i }, (_, j) => (i * 5 + j * 7) % 19),
  key: deriveKey(seedKey(5), i),
}))

const sequences = rows.map(({ promptIds }, i) => ({
  promptIds,
  ids: [3 + i, 8],
  oldLogprobs: null,
  advantage: Math.cos(i),
}))

const generate = (engine: Engine) =>
  engine.policy.generate(rows, { temperature: 1, maxNewTokens: 4, stops: [] })

const update = (engine: Engine) =>
  engine.policy.update({
    sequences,
    ...UPDATE,
  })

/** The peers alternate between different calls. */
async function course(engine: Engine, updateFirst: boolean) {
  const start = await engine.state()
  const reports = updateFirst ? [await update(engine)] : []
  const rollouts = await generate(engine)
  reports.push(await update(engine))
  return { start, reports, rollouts, end: await engine.state(), after: await generate(engine) }
}

afterEach(() => {
  vi.restoreAllMocks()
})

/** A software GPU adapter compiles every kernel again for each device. */
const PATIENCE = 300_000

it(
  'two peers on one device give the results of devices of their own, and close independently',
  async () => {
    const lone = await (await loadBase(modelInArrays(folder), options)).engine({ id: 'bo', seed: 1 })
    const boAlone = await course(lone, true)
    await lone.close()

    const devices = vi.spyOn(GPUAdapter.prototype, 'requestDevice')
    const created = vi.spyOn(GPUDevice.prototype, 'createBuffer')
    const destroyed = vi.spyOn(GPUDevice.prototype, 'destroy')
    const base = await loadBase(modelInArrays(folder), options)
    const ada = await base.engine({ id: 'ada', seed: 1 })
    const adaAlone = await course(ada, false)
    await ada.restore(adaAlone.start)
    const before = created.mock.calls.length
    const bo = await base.engine({ id: 'bo', seed: 1 })
    // Parameters, two moments and zeros of the one layer, and four pairs for decoding.
    expect(created.mock.calls.length - before).toBeLessThanOrEqual(12)
    expect(devices).toHaveBeenCalledTimes(1)

    const together = await Promise.all([course(ada, false), course(bo, true)])
    expect(together).toEqual([adaAlone, boAlone])
    expect(adaAlone.start.parameters).not.toEqual(boAlone.start.parameters)
    expect(adaAlone.end.parameters).not.toEqual(adaAlone.start.parameters)

    await ada.close()
    await ada.close()
    expect(await generate(bo)).toEqual(boAlone.after)
    expect(destroyed).not.toHaveBeenCalled()
    await bo.close()
    expect(destroyed).toHaveBeenCalledTimes(1)
  },
  PATIENCE,
)

it(
  'an engine without an adapter writes as the base beside one that is trained, with one array a layer',
  async () => {
    const base = await loadBase(modelInArrays(folder), options)
    const ada = await base.engine({ id: 'ada', seed: 1 })
    const created = vi.spyOn(GPUDevice.prototype, 'createBuffer')
    const discussion = await base.engine({ id: 'ada/discussion', seed: 1, trains: false })
    // The zeros of the one layer, and four pairs for decoding.
    expect(created.mock.calls.length).toBeLessThanOrEqual(9)
    const untrained = await generate(ada)
    expect(await generate(discussion)).toEqual(untrained)
    await update(ada)
    expect(await generate(discussion)).toEqual(untrained)
    expect(await generate(ada)).not.toEqual(untrained)
    await ada.close()
    await discussion.close()
  },
  PATIENCE,
)
