import { presetConfig } from '../../config/presets'
import { loadModelFolder } from '../../model/import/folder'
import type { TrainSequence, UpdateRequest } from '../../model/peer'
import type { Figure } from '../figures'
import { withLabs } from '../lab_worker'
import type { SuiteOutcome } from '../results'
import type { TrainingPeer } from '../rivals/training_peer'
import { trainingProblem } from '../rivals/training_problem'
import { inTurns, timed } from '../rounds'
import { backendOf, type Environment, IN_F32, roundsOf, type SuiteSettings } from '../suite'

/** Times as fast as any of them that an update has to be. */
const WANTED = 3
const APART = 'apart'
const PACKED = 'packed'
/** Relative; a larger difference of gradient norms would mean that something else is computed. */
const SAME = 1e-3

/**
 * The same optimizer step in other libraries: the same decoder, adapter and sequences. They know nothing of shared prefixes, so that ours
 * computes every sequence apart here, too.
 */
export async function nextToOthers(
  request: UpdateRequest,
  settings: SuiteSettings,
  around: Environment,
): Promise<Pick<SuiteOutcome, 'setting' | 'figures'>> {
  const { openTrainingPeers } = around
  if (openTrainingPeers === null) return { setting: [], figures: [] }
  const { place, peer, threads, software, quick } = settings
  const config = presetConfig('duet')
  // Without logprobs of before, the importance ratio is 1 and stays 1: the problem that the others are given.
  const sequences = some(request.sequences, software ? 4 : quick ? 8 : 32).map((sequence) => ({
    ...sequence,
    oldLogprobs: null,
  }))
  return withLabs(around, async (open) => {
    await around.say('train: loading other libraries')
    const model = { base: around.base, source: peer.source }
    const { loraRank, loraAlpha } = config
    const backend = backendOf(place)
    const policy = async (packed: boolean) => {
      const lab = open()
      const options = { model, backend, threads, loraRank, loraAlpha, packed, dtype: IN_F32 }
      await lab.call((api) => api.openPolicy(options))
      return lab
    }
    const [apart, packed] = [await policy(false), await policy(true)]
    const parameters = await apart.call((api) => api.parameters())
    const folder = await loadModelFolder(around.readFolder(peer.source), peer.source)
    const lora = { rank: loraRank, alpha: loraAlpha, parameters }
    const problem = trainingProblem(folder, sequences, { lora, optimizer: request })
    const opened = await openTrainingPeers(problem, backend, threads)
    const own = { ...request, sequences }
    try {
      // The first step of each tells whether it computes the same, and whether it can at all.
      const { gradNorm } = await apart.call((api) => api.update(own))
      const { able, norms, unable } = await firstSteps(opened.peers)
      const update = (run: () => Promise<unknown>) => async () => problem.tokens / (await timed(run)).seconds
      const sides = Object.fromEntries([
        [APART, update(() => apart.call((api) => api.update(own)))],
        [PACKED, update(() => packed.call((api) => api.update(own)))],
        ...able.map((other) => [other.name, update(() => other.step())]),
      ]) as Record<string, () => Promise<number>>
      const rounds = software ? 1 : roundsOf(settings, 5)
      const speeds = await inTurns(rounds, sides, (round) =>
        around.say(`train, next to others: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`),
      )
      const names = able.map(({ name }) => name)
      return {
        setting: [
          settingOf(sequences, problem.tokens),
          ...[...opened.missing, ...unable].map(
            ({ name, reason }) => `${name} could not take it: ${reason}.`,
          ),
        ],
        figures: [
          speedFigure('training speed, every sequence apart', APART, speeds, names, true),
          // They have nothing of the kind, so that this is no comparison of the same work.
          speedFigure('training speed with shared prefixes read once', PACKED, speeds, names, false),
          ...names.map((name, i) => sameness(name, norms[i], gradNorm)),
        ],
      }
    } finally {
      for (const other of opened.peers) other.close()
    }
  })
}

async function firstSteps(peers: readonly TrainingPeer[]) {
  const able: TrainingPeer[] = []
  const norms: number[] = []
  const unable: { name: string; reason: string }[] = []
  for (const peer of peers)
    try {
      norms.push((await peer.step()).gradNorm)
      able.push(peer)
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      unable.push({ name: peer.name, reason: said || 'an error that says nothing' })
    }
  return { able, norms, unable }
}

/** So many of them, spread over all. */
function some(sequences: readonly TrainSequence[], count: number): TrainSequence[] {
  const taken = Math.min(count, sequences.length)
  return Array.from({ length: taken }, (_, i) => sequences[Math.floor((i * sequences.length) / taken)])
}

function settingOf(sequences: readonly TrainSequence[], tokens: number): string {
  const lengths = sequences.map(({ promptIds, ids }) => promptIds.length + ids.length)
  return `Next to other libraries: ${sequences.length} of these sequences, of ${Math.min(...lengths)} to ${Math.max(...lengths)} tokens, every one in a row of its own; ${tokens} tokens are in the loss.`
}

function speedFigure(
  name: string,
  own: string,
  speeds: Readonly<Record<string, readonly number[]>>,
  others: readonly string[],
  sameWork: boolean,
): Figure {
  return {
    name,
    unit: 'tokens/s',
    lessIsBetter: false,
    sides: [
      { name: 'Colloquy', samples: speeds[own] },
      ...others.map((side) => ({ name: side, samples: speeds[side] })),
    ],
    bars: sameWork ? others.map((side) => ({ kind: 'better', side, times: WANTED })) : [],
  }
}

function sameness(name: string, norm: number, own: number): Figure {
  return {
    name: `gradient norm of ${name}, relative difference`,
    unit: '',
    lessIsBetter: true,
    sides: [{ name, samples: [Math.abs(norm / own - 1)] }],
    bars: [{ kind: 'at-most', value: SAME }],
  }
}
