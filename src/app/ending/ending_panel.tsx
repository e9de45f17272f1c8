import type { RunConfig } from '../../config/config'
import type { EndReason } from '../../ilr/events'
import { durationText } from '../../report/format'
import { verdictOf } from '../comparison/verdict'
import { Button } from '../controls'
import { focusPrimaryButton } from '../document'
import { counted, fromTo, listed, percent, testSize, unbroken } from '../format'
import { type SkillRow, skillRows } from '../measures/skills'
import type { Page } from '../page'
import { peerNames, Table } from '../parts'
import type { EvalEvent } from '../state'

export function EndingPanel({ page }: { readonly page: Page }) {
  const { inView, recorded, config, comparison, over, hidden } = page
  const { evals, step: steps, done } = inView
  // A run that was stopped, or comes from the store, is not done.
  const ending = endingOf({ config, evals, steps, reason: done?.reason ?? null })
  const digest = done?.digest ?? recorded?.recording.digest ?? inView.steps.at(-1)?.digest ?? null
  const { compared } = comparison
  const verdict = compared === null ? '' : verdictOf({ config, evals }, compared).sentence
  return (
    <section class="stack notice-done" aria-label="Result">
      <h2 class="quiet">
        {done !== null
          ? `Done: ${counted(done.steps, 'step')} in ${durationText(done.seconds)}`
          : `${steps < config.steps ? 'Stopped' : 'Done'}: ${steps} of ${counted(config.steps, 'step')}`}
      </h2>
      {ending === null ? (
        <p>Nothing was tested yet.</p>
      ) : (
        <>
          <p class="ending-gain">{unbroken(ending.gain)}</p>
          {[ending.learned, ending.lost, ending.why, verdict].map((text) =>
            text === '' ? null : <p key={text}>{unbroken(text)}</p>,
          )}
          {ending.skills.length === 0 ? null : (
            <Table
              class="ending-skills"
              caption="Right alone, before → after"
              columns={['Skill', ...peerNames(config.peers.map(({ id }) => id))]}
              rows={ending.skills.map(({ name, perPeer }) => [
                name,
                ...perPeer.map(({ before, now }) =>
                  before === null || now === null ? '–' : fromTo(before, now),
                ),
              ])}
            />
          )}
        </>
      )}
      <div class="row">
        {config.method === 'ilr' && over ? (
          <Button
            primary
            onClick={() => {
              void comparison.withSingleAgent(config)
              // The button that was pressed goes away.
              focusPrimaryButton()
            }}
          >
            The same without discussion
          </Button>
        ) : null}
        {hidden.has('ask') ? null : (
          <Button
            onClick={() => {
              page.openTab('ask')
              document.getElementById('tab-ask')?.focus()
            }}
          >
            Ask them
          </Button>
        )}
        {hidden.has('share') ? null : <Button onClick={page.askToShare}>Share this run</Button>}
      </div>
      {digest === null ? null : <Proof config={config} digest={digest} />}
    </section>
  )
}

function Proof({ config, digest }: { config: RunConfig; digest: string }) {
  return (
    <details>
      <summary>How do I know it is true?</summary>
      <p>
        The {testSize(config)} test questions are never learned from. A program checks every answer, and each
        peer answers alone.
      </p>
      <p>
        Same seed, same run:{' '}
        {config.backend === 'wasm'
          ? 'on any device, the same settings and models end with this digest, bit by bit.'
          : 'on this device and in this browser, the same settings and models end with this digest.'}
      </p>
      <p>
        <code class="digest">{digest}</code>
      </p>
    </details>
  )
}

interface Ending {
  readonly gain: string
  readonly learned: string
  readonly lost: string
  /** Why the run ended before its last step; empty where it did not. */
  readonly why: string
  readonly skills: readonly SkillRow[]
}

interface Ended {
  readonly config: RunConfig
  readonly evals: readonly EvalEvent[]
  readonly steps: number
  /** Null where the run does not say, as when a visitor stopped it. */
  readonly reason: EndReason | null
}

/** Gain from which a skill counts as learned, and loss from which it counts as lost: small tests vary by chance. */
const LEARNED = 0.2
const LOST = 0.05

/** Sums a run up; null where nothing was tested. */
export function endingOf({ config, evals, steps, reason }: Ended): Ending | null {
  const [before, now] = [evals.at(0), evals.at(-1)]
  if (before === undefined || now === undefined) return null
  const peers = config.peers.map(({ id }) => id)
  const skills = skillRows(config.task, peers, before, now)
  // A whole question is what the first sentence is about.
  const parts = skills.filter(({ whole }) => !whole)
  return {
    gain: gainSentence(peers, before, now),
    learned: changesOf(peers, parts, LEARNED, 'learned'),
    lost: changesOf(peers, parts, -LOST, 'got worse at'),
    why: whyEnded(reason, steps, config.steps),
    skills,
  }
}

/** Returns a sentence for each peer with a change of at least `least`, largest first; empty if there is one skill only. */
function changesOf(peers: readonly string[], rows: readonly SkillRow[], least: number, verb: string): string {
  if (rows.length < 2) return ''
  const sentences = peers.flatMap((peer, index) => {
    const changes = rows.flatMap(({ name, perPeer }) => {
      const { before, now } = perPeer[index]
      if (before === null || now === null) return []
      const size = (now - before) * Math.sign(least)
      return size < Math.abs(least) - 1e-9 ? [] : [{ size, words: `“${name}” (${fromTo(before, now)})` }]
    })
    changes.sort((a, b) => b.size - a.size)
    return changes.length === 0 ? [] : [`${peer} ${verb} ${listed(changes.map(({ words }) => words))}.`]
  })
  return sentences.join(' ')
}

function gainSentence(peers: readonly string[], before: EvalEvent, now: EvalEvent): string {
  if (before === now) {
    const each = peers.map((peer) => `${peer} is right in ${percent(before.solo[peer])}`)
    const when = before.step === 0 ? 'before the first step' : `at step ${before.step}`
    return `Tested only ${when}: alone, ${listed(each)}. A gain takes a second test.`
  }
  let last = ''
  const each = peers.map((peer, index) => {
    const [from, to] = [before.solo[peer], now.solo[peer]].map((accuracy) => percent(accuracy))
    const verb = from === to ? 'stayed at' : before.solo[peer] < now.solo[peer] ? 'went from' : 'fell from'
    const said = verb === last ? verb.replace(/^\w+ /, '') : verb
    last = verb
    const range = from === to ? from : `${from} to ${to}`
    return `${peer} ${said} ${range}${index === 0 ? ' right alone' : ''}`
  })
  return `In ${counted(now.step - before.step, 'step')} ${each.join(', ')}.`
}

function whyEnded(reason: Ended['reason'], steps: number, planned: number): string {
  if (reason === 'budget') return 'It ended because its token budgets are used up.'
  if (reason === 'early-stop')
    return 'It ended because the peers no longer got better on the validation questions.'
  return reason === null && steps < planned ? `It stopped after ${steps} of ${counted(planned, 'step')}.` : ''
}
