import { presetConfig } from '../../config/presets'
import type { TrainSequence, UpdateRequest } from '../../model/peer'
import { sum } from '../../report/averages'
import { figure } from '../figures'
import { type Lab, withLabs, withPolicy } from '../lab_worker'
import { recordedUpdate } from '../local_run'
import { inTurns, sayRound } from '../rounds'
import { type Environment, type Found, IN_F32, roundsOf, type SuiteSettings } from '../suite'
import { nextToOthers } from './train_peers'

/** An update takes at most this many times its forward pass. */
const WANTED_BACKWARD = 3.5
/** Shared prefixes make an update at least this many times as fast. */
const WANTED_PACKING = 1.5
/** Largest share of the largest element of the gradient. */
const WANTED_GRADIENT = 1e-5

/** An update on what a step of Idea3 trains: its passes, packed and apart, and next to other libraries. */
export async function train(settings: SuiteSettings, env: Environment): Promise<Found> {
  await env.say('train: running a step, to have something to train on')
  const whole = await recordedUpdate(settings, env)
  // Sequences without an advantage cost no pass; a forward pass over them would make the backward pass look cheap.
  const active = whole.sequences.filter(({ advantage }) => advantage !== 0)
  const most = settings.software ? 4 : settings.quick ? 24 : active.length
  const sequences = alike(active, most)
  const request = { ...whole, sequences }
  const own = await withLabs(env, (open) => ownFigures(request, open, settings, env))
  const others = await nextToOthers(request, settings, env)
  const lengths = sequences.map(({ promptIds, ids }) => promptIds.length + ids.length)
  return {
    setting: [
      `What ${settings.peer.id} trains on in a step of preset duet: ${sequences.length < active.length ? `${sequences.length} of ` : ''}${active.length} sequences with an advantage, of ${Math.min(...lengths)} to ${Math.max(...lengths)} tokens, ${sum(lengths)} in all; LoRA of rank ${presetConfig('duet').loraRank}.`,
      ...own.setting,
      ...others.setting,
    ],
    figures: [...own.figures, ...others.figures],
  }
}

async function ownFigures(
  request: UpdateRequest,
  open: () => Lab,
  settings: SuiteSettings,
  env: Environment,
) {
  await env.say('train: loading')
  const model = { base: env.base, source: settings.peer.source }
  const packed = await withPolicy(open(), settings, { model, packed: true, dtype: IN_F32 })
  const apart = await withPolicy(open(), settings, { model, packed: false, dtype: IN_F32 })
  const gradients = {
    packed: await packed.call((api) => api.gradient(request)),
    apart: await apart.call((api) => api.gradient(request)),
  }
  let tokens = 0
  const update = (lab: Lab) => async () => {
    const report = await lab.call((api) => api.update(request))
    tokens = report.tokens
    return report.seconds
  }
  const rounds = roundsOf(settings)
  const times = await inTurns(
    rounds,
    {
      update: update(packed),
      forward: () => packed.call((api) => api.forward(request.sequences)),
      apart: update(apart),
    },
    sayRound(env.say, 'train', rounds),
  )
  const computed = {
    packed: await packed.call((api) => api.passTokens(request.sequences)),
    apart: await apart.call((api) => api.passTokens(request.sequences)),
  }
  return {
    setting: [
      `A pass computes ${computed.packed} tokens packed and ${computed.apart} with every sequence in a row of its own, padding included; ${tokens} tokens are in the loss.`,
    ],
    figures: [
      figure(
        'update: forward, loss, backward and AdamW',
        's',
        { Colloquy: times.update, 'forward alone': times.forward },
        [{ kind: 'within', side: 'forward alone', times: WANTED_BACKWARD }],
      ),
      figure(
        'update with shared prefixes read once',
        's',
        { packed: times.update, 'every sequence apart': times.apart },
        [{ kind: 'better', side: 'every sequence apart', times: WANTED_PACKING }],
      ),
      figure(
        'largest gradient difference, packed or apart, relative',
        '',
        { packed: [largestDifference(gradients.packed, gradients.apart)] },
        [{ kind: 'at-most', value: WANTED_GRADIENT }],
      ),
    ],
  }
}

/** The `count` sequences with the longest prefix of the first one: rollouts of one question in all stages come first. */
function alike(sequences: readonly TrainSequence[], count: number): TrainSequence[] {
  const whole = sequences.map(({ promptIds, ids }) => [...promptIds, ...ids])
  const shared = (ids: readonly number[]) => {
    const parted = ids.findIndex((id, i) => id !== whole[0][i])
    return parted < 0 ? ids.length : parted
  }
  return sequences
    .map((sequence, i) => ({ sequence, shared: shared(whole[i]) }))
    .sort((a, b) => b.shared - a.shared)
    .slice(0, count)
    .map(({ sequence }) => sequence)
}

/** Relative to the largest element of the second. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0) / largest
}
