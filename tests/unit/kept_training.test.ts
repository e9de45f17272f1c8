import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { keepTraining, keptTraining } from '../../src/pretrain/kept_training'
import { PROFILES } from '../../src/pretrain/profiles'
import { type KeptTraining, train } from '../../src/pretrain/train'

const STEPS = 14
/** One step before the end, where the model computes with rounded weights. */
const KEPT = 13

it('a training that is ended continues from its file, bit for bit', async () => {
  const profile = PROFILES[PROFILES.length - 1]
  const plan = { peer: profile.id, seed: 3, steps: STEPS }
  const folder = await mkdtemp(join(tmpdir(), 'kept-'))
  const file = join(folder, 'pretraining.state')
  try {
    const losses: number[][] = [[], []]
    const trained = (from: KeptTraining | null, run: number) =>
      train(profile, {
        ...plan,
        from,
        keepEvery: KEPT,
        keep: (kept) => keepTraining(file, plan, kept),
        onStep: (_, loss) => losses[run].push(loss),
      })
    expect(await keptTraining(file, plan)).toBeNull()
    const whole = await trained(null, 0)
    const kept = await keptTraining(file, plan)
    expect(kept?.step).toBe(KEPT)
    const rest = await trained(kept, 1)
    expect(losses[1]).toEqual(losses[0].slice(KEPT))
    expect(rest).toEqual(whole)
    expect(await keptTraining(file, { ...plan, steps: STEPS + 1 })).toBeNull()
  } finally {
    await rm(folder, { recursive: true })
  }
}, 240_000)
