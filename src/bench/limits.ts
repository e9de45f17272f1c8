import type { Figure } from './figures'
import { withLabs } from './lab_worker'
import { inTurns } from './rounds'
import { backendOf, type Environment, roundsOf, type SuiteSettings } from './suite'

/** What the machine does at most on this backend, one sample a round. */
export interface Limits {
  /** 1e9 multiplications and additions a second, of the best of several large products. */
  readonly product: readonly number[]
  readonly figures: readonly Figure[]
}

export async function physicalLimits(settings: SuiteSettings, around: Environment): Promise<Limits> {
  return withLabs(around, async (open) => {
    const lab = open()
    await around.say('physical limits: a product and a copy')
    await lab.call((api) =>
      api.openLimits(backendOf(settings.place), settings.threads, settings.software ? 4 : 1),
    )
    const { product, copy } = await inTurns(roundsOf(settings), {
      product: () => lab.call((api) => api.product()),
      copy: () => lab.call((api) => api.copy()),
    })
    const figure = (name: string, unit: string, samples: readonly number[]): Figure => ({
      name,
      unit,
      lessIsBetter: false,
      sides: [{ name: 'the machine', samples }],
      bars: [],
    })
    return {
      product,
      figures: [
        figure('limit: best large product of the backend', 'GFLOP/s', product),
        figure('limit: plain copy, read and written', 'GB/s', copy),
      ],
    }
  })
}
