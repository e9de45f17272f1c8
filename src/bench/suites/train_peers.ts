import { presetConfig } from '../../config/presets'
import { loadModelFolder } from '../../model/import/folder'
import type { TrainSequence, UpdateRequest } from '../../model/peer'
import { type Bar, figure } from '../figures'
import { withLabs, withPolicy } from '../lab_worker'
import type { SuiteOutcome } from '../results'
import type { TrainingPeer } from '../rivals/training_peer'
import { trainingProblem } from '../rivals/training_problem'
import { inTurns, sayRound, timed } from '../rounds'
import { backendOf, type Environment, IN_F32, roundsOf, type SuiteSettings } from '../suite'

/** An update is at least this many times as fast as in any other library. */
const WANTED = 3
/** Largest relative difference of gradient norms: a larger one means that another step was computed. */
const SAME = 1e-3

/**
 * The same optimizer step in other libraries: the same decoder, adapter and sequences. They cannot share prefixes, so Colloquy
 * computes every sequence apart here.
 */
export async function nextToOthers(
  request: UpdateRequest,
  settings: SuiteSettings,
  env: Environment,
): Promise<Pick<SuiteOutcome, 'setting' | 'figures'>> {
  const { openTrainingPeers } = env
  if (openTrainingPeers === null) return { setting: [], figures: [] }
  const { peer, threads, software, quick } = settings
  // Without old logprobs the importance ratio is always 1: the problem that the others are given.
  const sequences = spread(request.sequences, software ? 4 : quick ? 8 : 32).map((sequence) => ({
    ...sequence,
    oldLogprobs: null,
  }))
  return withLabs(env, async (open) => {
    await env.say('train: loading other libraries')
    const model = { base: env.base, source: peer.source }
    const lab = await withPolicy(open(), settings, { model, packed: false, dtype: IN_F32 })
    const parameters = await lab.call((api) => api.parameters())
    const folder = await loadModelFolder(env.readFolder(peer.source), peer.source)
    const { loraRank: rank, loraAlpha: alpha } = presetConfig('duet')
    const lora = { rank, alpha, parameters }
    const problem = trainingProblem(folder, sequences, { lora, optimizer: request })
    const opened = await openTrainingPeers(problem, backendOf(settings.place), threads)
    const own = () => lab.call((api) => api.update({ ...request, sequences }))
    try {
      // The first step of each shows whether it computes the same, and whether it can at all.
      const { gradNorm } = await own()
      const { able, norms, unable } = await firstSteps(opened.peers)
      const speed = (step: () => Promise<unknown>) => async () => problem.tokens / (await timed(step)).seconds
      const sides = Object.fromEntries([
        ['Colloquy', speed(own)],
        ...able.map((other) => [other.name, speed(() => other.step())]),
      ]) as Record<string, () => Promise<number>>
      const rounds = software ? 1 : roundsOf(settings, 5)
      const speeds = await inTurns(rounds, sides, sayRound(env.say, 'train, next to others', rounds))
      const lengths = sequences.map(({ promptIds, ids }) => promptIds.length + ids.length)
      return {
        setting: [
          `Next to other libraries: ${sequences.length} of these sequences, of ${Math.min(...lengths)} to ${Math.max(...lengths)} tokens, every one in a row of its own; ${problem.tokens} tokens are in the loss.`,
          ...[...opened.missing, ...unable].map(
            ({ name, reason }) => `${name} could not take it: ${reason}.`,
          ),
        ],
        figures: [
          figure(
            'training speed, every sequence apart',
            'tokens/s',
            speeds,
            able.map(({ name }): Bar => ({ kind: 'better', side: name, times: WANTED })),
          ),
          ...able.map(({ name }, i) =>
            figure(
              `gradient norm of ${name}, relative difference`,
              '',
              { [name]: [Math.abs(norms[i] / gradNorm - 1)] },
              [{ kind: 'at-most', value: SAME }],
            ),
          ),
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
      const text = error instanceof Error ? error.message : String(error)
      unable.push({ name: peer.name, reason: text || 'an error without a message' })
    }
  return { able, norms, unable }
}

/** `count` of the sequences, spread over all. */
function spread(sequences: readonly TrainSequence[], count: number): TrainSequence[] {
  const taken = Math.min(count, sequences.length)
  return Array.from({ length: taken }, (_, i) => sequences[Math.floor((i * sequences.length) / taken)])
}
