import { presetConfig } from '../../config/presets'
import type { Dtype } from '../../model/import/folder_files'
import type { TrainSequence, UpdateRequest } from '../../model/peer'
import type { Figure } from '../figures'
import { type Lab, withLabs } from '../lab_worker'
import { physicalLimits } from '../limits'
import { recordedUpdate } from '../recorded_step'
import type { SuiteOutcome } from '../results'
import { inTurns, sidesOf } from '../rounds'
import { backendOf, type Environment, IN_F32, roundsOf, type SuiteSettings } from '../suite'
import { nextToOthers } from './train_peers'

/** Of the forward pass, what forward and backward may take. */
const WANTED_BACKWARD = 3.5
/** Times as fast that reading shared prefixes once has to make an update. */
const WANTED_PACKING = 1.5
/** Of the largest element of the gradient. */
const WANTED_GRADIENT = 1e-5

/** An update on what a step of Idea3 trains: its passes, packed and apart, and next to other libraries. */
export async function train(settings: SuiteSettings, around: Environment): Promise<SuiteOutcome> {
  await around.say('train: running a step, to have something to train on')
  const whole = await recordedUpdate(settings, around)
  // Sequences without an advantage cost no pass; a forward pass over them would make the backward pass look cheap.
  const active = whole.sequences.filter(({ advantage }) => advantage !== 0)
  const most = settings.software ? 4 : settings.quick ? 24 : active.length
  const sequences = alike(active, most)
  const request = { ...whole, sequences }
  const limits = await physicalLimits(settings, around)
  const own = await withLabs(around, async (open) => ownFigures(request, open, settings, around))
  const others = await nextToOthers(request, settings, around)
  const lengths = sequences.map(({ promptIds, ids }) => promptIds.length + ids.length)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  return {
    setting: [
      `What ${settings.peer.id} trains on in a step of preset duet: ${sequences.length < active.length ? `${sequences.length} of ` : ''}${active.length} sequences with an advantage, of ${Math.min(...lengths)} to ${Math.max(...lengths)} tokens, ${total} in all; LoRA of rank ${presetConfig('duet').loraRank}.`,
      ...own.setting,
      ...others.setting,
    ],
    figures: [...own.figures, ...others.figures, ...limits.figures],
    fits: [],
  }
}

async function ownFigures(
  request: UpdateRequest,
  open: () => Lab,
  settings: SuiteSettings,
  around: Environment,
): Promise<{ setting: string[]; figures: Figure[] }> {
  const { loraRank, loraAlpha } = presetConfig('duet')
  const backend = backendOf(settings.place)
  const policy = async (packed: boolean, dtype?: Dtype) => {
    const lab = open()
    const model = { base: around.base, source: settings.peer.source }
    const { threads } = settings
    await lab.call((api) => api.openPolicy({ model, backend, threads, loraRank, loraAlpha, packed, dtype }))
    return lab
  }
  await around.say('train: loading')
  const [packed, apart] = [await policy(true, IN_F32), await policy(false, IN_F32)]
  const halves = backend === 'webgpu' ? await inHalves(() => policy(true)) : null
  const gradients = {
    packed: await packed.call((api) => api.gradient(request)),
    apart: await apart.call((api) => api.gradient(request)),
  }
  const rounds = roundsOf(settings)
  let tokens = 0
  const update = (lab: Lab) => async () => {
    const report = await lab.call((api) => api.update(request))
    tokens = report.tokens
    return report.seconds
  }
  const sides: Record<string, (round: number) => Promise<number>> = {
    update: update(packed),
    forward: () => packed.call((api) => api.forward(request.sequences)),
    apart: update(apart),
  }
  if (halves) sides.halves = update(halves)
  const times = await inTurns(rounds, sides, (round) =>
    around.say(`train: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`),
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
      {
        name: 'update: forward, loss, backward and AdamW',
        unit: 's',
        lessIsBetter: true,
        sides: sidesOf({ Colloquy: times.update, 'forward alone': times.forward }),
        bars: [{ kind: 'within', side: 'forward alone', times: WANTED_BACKWARD }],
      },
      {
        name: 'update with shared prefixes read once',
        unit: 's',
        lessIsBetter: true,
        sides: sidesOf({ packed: times.update, 'every sequence apart': times.apart }),
        bars: [{ kind: 'better', side: 'every sequence apart', times: WANTED_PACKING }],
      },
      {
        name: 'largest gradient difference, packed or apart, relative',
        unit: '',
        lessIsBetter: true,
        sides: [{ name: 'packed', samples: [largestDifference(gradients.packed, gradients.apart)] }],
        bars: [{ kind: 'at-most', value: WANTED_GRADIENT }],
      },
      ...(halves
        ? [
            {
              name: 'update in f16',
              unit: 's',
              lessIsBetter: true,
              sides: sidesOf({ 'in f16': times.halves, 'in f32': times.update }),
              bars: [],
            },
          ]
        : []),
      {
        name: 'training speed',
        unit: 'tokens/s',
        lessIsBetter: false,
        sides: sidesOf({ Colloquy: times.update.map((seconds) => tokens / seconds) }),
        bars: [],
      },
    ],
  }
}

/** The policy of a run's own choice where that computes in f16, else null. */
async function inHalves(policy: () => Promise<Lab>): Promise<Lab | null> {
  const lab = await policy()
  if ((await lab.call((api) => api.activations())) === 'f16') return lab
  await lab.call((api) => api.closePolicy())
  return null
}

/** So many of them that begin as the first does: rollouts of one question, in all stages, before those of others. */
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
