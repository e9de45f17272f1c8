import { createHash } from 'node:crypto'
import { type HubContext, hubContext } from '../../hub/context'
import { type DownloadProgress, downloadModel } from '../../hub/download'
import { FolderStore } from '../../hub/folder_store'
import {
  confirm,
  type DownloadPlan,
  knownPlan,
  planDownload,
  planQuestion,
  remoteSource,
} from '../../hub/plan'
import { hostOf } from '../../hub/source'
import type { Dtype } from '../../model/import/folder_files'
import type { ModelOutline } from '../../model/import/outline'
import { bytesText, durationText } from '../../report/format'
import { askForYes, StatusLine, TERMINAL, type Terminal } from '../terminal'
import type { ModelOptions } from './model_options'
import { outlineOfSource } from './model_outlines'

/** Node's own hashes are ten times as fast as those in JavaScript. */
export function nodeContext({ hub, cache }: ModelOptions): HubContext {
  return hubContext(new FolderStore(cache), {
    hub,
    hasher: (algorithm) => {
      const hash = createHash(algorithm)
      return { update: (bytes) => hash.update(bytes), hex: () => hash.digest('hex') }
    },
  })
}

/** A model that is wanted, what of it is to be downloaded, and what is known of it. */
export interface WantedModel {
  readonly source: string
  /** Null for one beside the project. */
  readonly plan: DownloadPlan | null
  readonly outline: ModelOutline | null
}

/**
 * Looks models up, in order: one that is whole on disk is used without asking the hub. Downloads nothing.
 * @throws ColloquyError as `planDownload`, and for a model that this engine does not implement
 */
export async function planModels(
  models: readonly { readonly source: string; readonly dtype?: Dtype }[],
  options: ModelOptions,
  signal?: AbortSignal,
): Promise<WantedModel[]> {
  const context = nodeContext(options)
  const plans = new Map<string, DownloadPlan>()
  const wanted: WantedModel[] = []
  for (const { source: text, dtype } of models) {
    const source = remoteSource(text)
    const key = `${text} ${dtype}`
    let plan = plans.get(key) ?? null
    if (source !== null && plan === null) {
      const known = await knownPlan(source, context, { dtype, signal })
      // A source on the command line is consent to contact its host.
      plan =
        known?.bytes === 0
          ? known
          : await planDownload(source, context, hostOf(source, context.hub), { dtype, signal })
      plans.set(key, plan)
    }
    const outline = await outlineOfSource(text, plan, context.store, context.hub)
    wanted.push({ source: text, plan, outline })
  }
  return wanted
}

/**
 * Sees to it that models are on disk: asks for each that is missing, with its size, and downloads it.
 * @throws ColloquyError `download` where somebody says no or nobody can be asked, and as `downloadModel`
 */
export async function getModels(
  models: readonly WantedModel[],
  options: ModelOptions,
  terminal: Terminal = TERMINAL,
  signal?: AbortSignal,
): Promise<void> {
  const context = nodeContext(options)
  const plans = new Set(models.flatMap(({ plan }) => plan ?? []))
  for (const plan of plans) {
    if (plan.bytes === 0) continue
    for (const note of plan.notes) terminal.out.write(`${plan.source}: ${note}\n`)
    await agree(plan, options, terminal)
    const line = new DownloadLine(terminal.out)
    try {
      await downloadModel(confirm(plan, plan.bytes), context, (progress) => line.show(progress), signal)
    } finally {
      line.end()
    }
  }
}

async function agree(plan: DownloadPlan, { yes }: ModelOptions, terminal: Terminal): Promise<void> {
  const question = planQuestion(plan)
  if (yes) {
    terminal.out.write(`${question} Yes (--yes).\n`)
    return
  }
  await askForYes(terminal, question, {
    what: plan.source,
    wanted: `consent to download ${bytesText(plan.bytes)} from ${plan.host}`,
    todo: 'Choose another model, or say yes',
  })
}

/** Progress of a download: a status line on a terminal, a plain line at every tenth of the model elsewhere. */
export class DownloadLine {
  private readonly line: StatusLine
  private tenth = -1

  constructor(private readonly out: Terminal['out']) {
    this.line = new StatusLine(out)
  }

  show(progress: DownloadProgress): void {
    const { path, bytes, total, modelBytes, modelTotal, speed, modelSecondsLeft, waiting } = progress
    const share = modelTotal > 0 ? modelBytes / modelTotal : 1
    const how =
      waiting ?? `${speed === null ? '?' : bytesText(speed)}/s, ${durationText(modelSecondsLeft)} left`
    const text = `${Math.floor(100 * share)} %  ${path}  ${bytesText(bytes)} of ${bytesText(total)}  ${how}`
    this.line.show(text)
    if (this.out.isTTY || (waiting === null && Math.floor(10 * share) <= this.tenth)) return
    this.tenth = Math.floor(10 * share)
    this.out.write(`${text}\n`)
  }

  end(): void {
    this.line.clear()
  }
}
