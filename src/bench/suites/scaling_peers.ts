import { presetConfig } from '../../config/presets'
import { Stream, seedKey } from '../../random'
import { type Fit, fitOf } from '../fit'
import { localRun } from '../local_run'
import { type Environment, roundsOf, SEED, type SuiteSettings } from '../suite'

/** A discussion has at least two. */
const PEERS = [2, 3, 4]
/** Timed steps of a run; one more warms up. */
const STEPS = 2

/** A whole step of so many peers with the same model, each in its worker, on the cores that there are. */
export async function stepAgainstPeers(settings: SuiteSettings, around: Environment): Promise<Fit> {
  const samples = PEERS.map((): number[] => [])
  const stream = new Stream(seedKey(SEED))
  const runs = roundsOf(settings, 3)
  for (let run = 0; run < runs; run++)
    for (const i of stream.shuffle(PEERS.map((_, index) => index))) {
      await around.say(`scaling: ${PEERS[i]} peers, run ${run + 1} of ${runs}`)
      const config = presetConfig('duet', {
        peers: Array.from({ length: PEERS[i] }, (_, p) => ({
          id: `peer-${p + 1}`,
          source: settings.peer.source,
        })),
        backend: settings.place === 'webgpu' ? 'webgpu' : 'wasm',
        seed: SEED + run,
        steps: STEPS + 1,
        questionsPerStep: 4,
        numGenerations: 4,
        abilityQuestions: 8,
        evalSize: 1,
      })
      for await (const event of localRun(config, settings.threads, around))
        if (event.type === 'step' && event.step > 1) samples[i].push(event.metrics.step_time)
    }
  const own = { own: 2, why: 'N peers, each of which reads N ideas' }
  return fitOf({ cost: 'a whole step', against: 'number of peers', ...own }, PEERS, samples)
}
