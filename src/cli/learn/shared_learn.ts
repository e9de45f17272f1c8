/** Runs from links, and links to runs, on the command line. */
import { fileURLToPath } from 'node:url'
import { readFolder } from '../../../workers/node/read_folder'
import type { RunConfig } from '../../config/config'
import { ColloquyError } from '../../errors'
import { type ModelFingerprint, modelFingerprints } from '../../hub/model_fingerprint'
import type { Scores } from '../../ilr/events'
import { bytesText, percent } from '../../report/format'
import { resultOf, type TrainedSteps, verdictOf, verdictText } from '../../runs/reproduction'
import { shareLink } from '../../runs/share_link'
import type { SharedRun } from '../../runs/shared_run'
import { originsOf } from '../../runs/shared_sources'
import { askForYes, TERMINAL, type Terminal } from '../terminal'
import { nodeContext } from './get_models'
import type { ModelOptions } from './model_options'

/** Exit status of a shared run that does not come out the same. */
export const NOT_REPRODUCED = 2

/** What a shared run will do and what it came to elsewhere, before anything of it is done. */
export function sharedText({ config, models, result, drifted }: SharedRun): string {
  const { preset, seed, backend, steps, task, questionFile, peers } = config
  const lines = [`A shared run of preset ${preset}: seed ${seed}, ${steps} steps, ${backend}, task ${task}`]
  for (const [i, { id, source }] of peers.entries()) {
    const size = models[i] ? `, ${bytesText(models[i].bytes)}` : ''
    lines.push(`  ${id.padEnd(10)} ${source}${size}`)
  }
  if (questionFile !== null) lines.push(`  questions  ${questionFile}`)
  if (result !== null) {
    lines.push(`  It came to digest ${result.digest} after ${result.steps} steps`)
    for (const [i, [before, after]] of (result.solo ?? []).entries())
      lines.push(`  ${peers[i].id.padEnd(10)} alone ${percent(before)} -> ${percent(after)}`)
  }
  if (drifted)
    lines.push(
      '  Presets or defaults have changed since it was shared: it will not come out the same from step 1 on',
    )
  return lines.join('\n')
}

/**
 * Sees to it that nobody is asked for anything whom the link names and the user has not agreed to.
 * @throws ColloquyError `download` where the answer is no, or nobody can be asked
 */
export async function agreeToOrigins(
  config: RunConfig,
  { hub, yes }: ModelOptions,
  terminal: Terminal = TERMINAL,
): Promise<void> {
  const origins = originsOf(config, hub)
  if (origins.length === 0) return
  const list = origins.map(({ host, what, name }) => `${host} for ${what} ${name}`).join(', ')
  const question = `This link asks ${list}. Go on?`
  if (yes) {
    terminal.out.write(`${question} Yes (--yes).\n`)
    return
  }
  await askForYes(terminal, question, {
    what: 'link',
    wanted: `consent to contact ${[...new Set(origins.map(({ host }) => host))].join(', ')}`,
    todo: 'Nothing was asked for',
  })
}

/** The fingerprints of a run's models as they are here. */
export function fingerprintsHere(
  { peers }: RunConfig,
  options: ModelOptions,
): Promise<(ModelFingerprint | null)[]> {
  const { store, hasher } = nodeContext(options)
  const project = fileURLToPath(new URL('../../..', import.meta.url))
  return modelFingerprints(peers, {
    beside: (source) => readFolder(project, source),
    kept: async () => store,
    hub: options.hub,
    hasher,
  })
}

/** The trained steps and the evaluations of a run, as they come. */
export interface RunHistory {
  readonly steps: TrainedSteps
  readonly evaluations: readonly Scores[]
}

/** How to run it again, here and elsewhere; or why there is no link. */
export function againText(
  config: RunConfig,
  models: readonly (ModelFingerprint | null)[],
  { steps, evaluations }: RunHistory,
): string {
  try {
    const result = resultOf(
      steps,
      evaluations,
      config.peers.map(({ id }) => id),
    )
    const link = shareLink('', { config, models, result })
    return `To repeat it: npm run learn -- --url '${link}'\nOr put what is between the quotes behind the address of the page.`
  } catch (error) {
    if (error instanceof ColloquyError) return `There is no link to this run. ${error.message}`
    throw error
  }
}

/** Whether a shared run came out the same, in words; `same` is null where the link has nothing that can be compared. */
export function outcome(
  { result, drifted }: SharedRun,
  { steps }: RunHistory,
): { same: boolean | null; text: string } {
  if (result === null) return { same: null, text: 'The link has no digest to compare with.' }
  const verdict = verdictOf(result, steps, drifted)
  const early = verdict.kind === 'so-far' ? ` The run ended after step ${steps.at(-1)?.step ?? 0}.` : ''
  const same =
    verdict.kind === 'incomparable' || verdict.kind === 'drifted' ? null : verdict.kind === 'reproduced'
  return { same, text: verdictText(verdict) + early }
}
