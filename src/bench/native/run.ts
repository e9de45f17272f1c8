import { ColloquyError, toWire, type WireError } from '../../errors'
import { type DeviceStore, type Gpu, isSoftware } from '../../gpu/device'
import type { HeadFormat } from './cost'
import { type DawnOptions, openDawn } from './dawn'
import { HEAD_CASES } from './head_cases'
import type { KernelCase } from './kernel_case'
import { Copy, measureReference } from './reference'
import type { NativeReport, NativeRow, Outcome, TimedVariant } from './report'
import { GPU_SIZES, loraValues, type Sizes, SOFTWARE_SIZES } from './sizes'
import { PassTimer, type Repeats } from './timing'
import { adamwCase, gradNormCase, groupAdvantagesCase, grpoLossCase } from './update_cases'

const FORMATS: readonly HeadFormat[] = ['q4', 'q8']
const FULL: Repeats = { count: 20, slowMilliseconds: 1000, fewest: 5, warmupMilliseconds: 50 }
const QUICK: Repeats = { ...FULL, count: 5 }
const SOFTWARE: Repeats = { count: 3, slowMilliseconds: 1000, fewest: 2, warmupMilliseconds: 0 }

/** Rounding differs between drivers by far less; a kernel that does nothing, or something else, by far more. */
const TOLERANCE = 1e-3

/**
 * Measures this machine's GPU. An error comes back as a value, since it has to cross to the command with its type:
 * this module is loaded by vite, which reads `.wgsl?raw`, and so has classes of its own.
 */
export async function benchNative(
  options: DawnOptions & { readonly quick: boolean },
  versions: NativeReport['versions'],
  progress: (text: string) => void,
): Promise<{ report: NativeReport } | { error: WireError }> {
  try {
    const gpu = await openDawn(options)
    try {
      return { report: await measure(gpu, options.quick, versions, progress) }
    } finally {
      gpu.device.destroy()
    }
  } catch (error) {
    return { error: toWire(error) }
  }
}

async function measure(
  gpu: Gpu,
  quick: boolean,
  versions: NativeReport['versions'],
  progress: (text: string) => void,
): Promise<NativeReport> {
  const { vendor, architecture, device, description } = gpu.info
  const software = isSoftware(gpu.info)
  const sizes = software ? SOFTWARE_SIZES : GPU_SIZES
  const repeats = software ? SOFTWARE : quick ? QUICK : FULL
  const timer = new PassTimer(gpu)
  const copy = await Copy.create(gpu, sizes.copyBytes)
  progress('copy and matmul')
  const reference = await measureReference(timer, copy, sizes, repeats)
  const rows: NativeRow[] = []
  for (const { model, large, small } of casesOf(sizes)) {
    progress([large.kernel, model, large.shape].filter((part) => part !== '').join(', '))
    // In a run, other weights go through the caches between two calls of a kernel: so they do here.
    const evict = software ? undefined : () => copy.run(gpu)
    const outcome = await outcomeOf(large, small, gpu, timer, repeats, evict)
    rows.push({ kernel: large.kernel, model, shape: large.shape, cost: large.cost, outcome })
  }
  copy.close()
  timer.close()
  return {
    date: new Date().toISOString().slice(0, 10),
    adapter: { vendor, architecture, device },
    driver: description,
    software,
    versions,
    reference,
    rows,
  }
}

/** Every kernel at every size that is timed, each beside the small size at which its results are checked. */
function casesOf(sizes: Sizes): { model: string; large: KernelCase; small: KernelCase }[] {
  const cases: { model: string; large: KernelCase; small: KernelCase }[] = []
  const store = memoryStore()
  for (const model of sizes.models) {
    const { vocabSize: vocabulary, hiddenSize: width } = model.config
    for (const [kernel, makeCase] of Object.entries(HEAD_CASES))
      for (const format of FORMATS)
        cases.push({
          model: model.name,
          large: makeCase(
            { format, vocabulary, width, rows: kernel === 'sample' ? sizes.rows : sizes.tokens },
            store,
          ),
          small: makeCase({ format, vocabulary: 1037, width, rows: 9 }, store),
        })
    const { layers, perLayer } = loraValues(model)
    for (const makeCase of [gradNormCase, adamwCase])
      cases.push({ model: model.name, large: makeCase(layers, perLayer), small: makeCase(2, 1000) })
  }
  cases.push(
    {
      model: '',
      large: grpoLossCase(sizes.sequences, sizes.sequenceTokens),
      small: grpoLossCase(67, 5),
    },
    { model: '', large: groupAdvantagesCase(...sizes.rewards), small: groupAdvantagesCase(5, 3, 4) },
  )
  return cases
}

async function outcomeOf(
  large: KernelCase,
  small: KernelCase,
  gpu: Gpu,
  timer: PassTimer,
  repeats: Repeats,
  evict: (() => void) | undefined,
): Promise<Outcome> {
  const { device } = gpu
  device.pushErrorScope('validation')
  device.pushErrorScope('out-of-memory')
  let outcome: Outcome
  try {
    outcome = (await wrong(small, gpu)) ?? (await timed(large, timer, repeats, evict))
  } catch (error) {
    if (!(error instanceof ColloquyError && error.code === 'limit')) throw error
    outcome = { state: 'too large', why: error.message }
  }
  const shortage = await device.popErrorScope()
  const refusal = await device.popErrorScope()
  if (shortage !== null) return { state: 'too large', why: shortage.message }
  if (refusal !== null) return { state: 'wrong', why: refusal.message }
  return outcome
}

async function wrong(small: KernelCase, gpu: Gpu): Promise<Outcome | null> {
  const open = await small.open(gpu)
  try {
    for (const { name, run } of open.ways) {
      await run()
      const deviation = await open.deviation()
      if (deviation <= TOLERANCE) continue
      const which = [small.shape, name].filter((part) => part !== '').join(', ')
      return { state: 'wrong', why: `${which}: off by ${deviation}, more than ${TOLERANCE}` }
    }
    return null
  } finally {
    open.close()
  }
}

async function timed(
  large: KernelCase,
  timer: PassTimer,
  repeats: Repeats,
  evict: (() => void) | undefined,
): Promise<Outcome> {
  const open = await large.open(timer.gpu)
  try {
    const ways: TimedVariant[] = []
    for (const { name, chosen, run } of open.ways)
      ways.push({ name, chosen, microseconds: await timer.times(run, repeats, evict) })
    return { state: 'measured', ways }
  } finally {
    open.close()
  }
}

/** Choices of this process alone. */
function memoryStore(): DeviceStore {
  const kept = new Map<string, Promise<string>>()
  return {
    once(key, make) {
      const choice = kept.get(key) ?? make()
      kept.set(key, choice)
      return choice
    },
  }
}
