/** A base on wasm that fails to load leaves nothing in ONNX Runtime: the test counts its sessions. */

import { afterEach, expect, it, vi } from 'vitest'
import { InferenceSession } from '#ort'
import { loadBase } from '../../src/model/base'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { randomWeights, smallConfig } from '../reference/small_model'

afterEach(() => {
  vi.restoreAllMocks()
})

const config = smallConfig('llama', { layers: 1 })
const OPTIONS = {
  source: 'a random model',
  backend: 'wasm',
  loraRank: 2,
  loraAlpha: 4,
  threads: 1,
} as const

const load = () => loadBase(modelInArrays({ config, weights: randomWeights(config, 3, 4) }), OPTIONS)

/** Counts created and unreleased sessions; creating the one after `most` fails. */
function watchSessions(most: number) {
  const counted = { made: 0, open: 0 }
  const create = InferenceSession.create.bind(InferenceSession) as (
    ...given: unknown[]
  ) => Promise<InferenceSession>
  const watched = async (...given: unknown[]) => {
    if (counted.made === most) throw new Error('no more sessions')
    const session = await create(...given)
    counted.made++
    counted.open++
    const release = session.release.bind(session)
    vi.spyOn(session, 'release').mockImplementation(async () => {
      await release()
      counted.open--
    })
    return session
  }
  vi.spyOn(InferenceSession, 'create').mockImplementation(watched)
  return counted
}

it('when any of its sessions fails to load, the earlier ones are released', {
  timeout: 120_000,
}, async () => {
  const whole = watchSessions(Number.POSITIVE_INFINITY)
  const base = await load()
  const engine = await base.engine({ id: 'a', seed: 1 })
  expect(whole.made).toBeGreaterThan(4)
  expect(whole.open).toBe(whole.made)
  await engine.close()
  expect(whole.open).toBe(0)
  vi.restoreAllMocks()
  for (const most of [0, 3, whole.made - 1]) {
    const counted = watchSessions(most)
    await expect(load()).rejects.toThrow('no more sessions')
    expect(counted).toEqual({ made: most, open: 0 })
    vi.restoreAllMocks()
  }
})
