import type { RunConfig } from '../../config/config'
import { verdictOf } from '../comparison/verdict'
import { Button } from '../controls'
import { focusPrimaryButton } from '../document'
import { duration, fromTo, unbroken } from '../format'
import type { Page } from '../page'
import { peerNames, Table } from '../parts'
import { counted, endingOf } from './ending'

/** The end of a run: its gain in a sentence, the skills before and after, and what to do next. */
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
          ? `Done: ${counted(done.steps)} in ${duration(done.seconds)}`
          : `${steps < config.steps ? 'Stopped' : 'Done'}: ${steps} of ${counted(config.steps)}`}
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

function Proof({ config: { backend, evalSize }, digest }: { config: RunConfig; digest: string }) {
  return (
    <details>
      <summary>How do I know it is true?</summary>
      <p>
        The {evalSize} test questions are never learned from. A program checks every answer, and each peer
        answers alone.
      </p>
      <p>
        Same seed, same run:{' '}
        {backend === 'wasm'
          ? 'on any device, the same settings and models end with this digest, bit by bit.'
          : 'on this device and in this browser, the same settings and models end with this digest.'}
      </p>
      <p>
        <code class="digest">{digest}</code>
      </p>
    </details>
  )
}
