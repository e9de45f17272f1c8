import type { RunConfig } from '../../runs/config'
import { Button } from '../controls'
import { duration, fromTo } from '../format'
import type { SkillRow } from '../measures/skills'
import { peerColour } from '../peer_colour'
import type { DoneEvent, EvalEvent } from '../state'
import { counted, endingOf } from './ending'

interface Props {
  readonly config: RunConfig
  readonly evals: readonly EvalEvent[]
  /** Finished steps. */
  readonly steps: number
  /** Null where the run was stopped, or comes from the store. */
  readonly done: DoneEvent | null
  /** After the last step; null where the run keeps none. */
  readonly digest: string | null
  /** The verdict on this run and a compared one; null where there is no other. */
  readonly verdict: string | null
  /** Next steps; null where one is not on offer. */
  readonly onSingleAgent: (() => void) | null
  readonly onAsk: (() => void) | null
  readonly onShare: (() => void) | null
}

/** The end of a run: its gain in a sentence, the skills before and after, and what to do next. */
export function EndingPanel(props: Props) {
  const { config, evals, steps, done, digest, verdict, onSingleAgent, onAsk, onShare } = props
  const ending = endingOf({ config, evals, steps, reason: done?.reason ?? null })
  const peers = config.peers.map(({ id }) => id)
  return (
    <section class="stack notice-done" aria-label="Result">
      <h2>
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
            text === '' || text === null ? null : <p key={text}>{unbroken(text)}</p>,
          )}
          {ending.skills.length === 0 ? null : <SkillsTable rows={ending.skills} peers={peers} />}
        </>
      )}
      <div class="notice-actions">
        {onSingleAgent === null ? null : (
          <Button primary onClick={onSingleAgent}>
            The same without discussion
          </Button>
        )}
        {onAsk === null ? null : <Button onClick={onAsk}>Ask them</Button>}
        {onShare === null ? null : <Button onClick={onShare}>Share this run</Button>}
      </div>
      {digest === null ? null : <Proof config={config} digest={digest} />}
    </section>
  )
}

/** Keeps a number and its percent sign in one line. */
function unbroken(text: string): string {
  return text.replaceAll(' %', '\u00a0%')
}

function SkillsTable({ rows, peers }: { rows: readonly SkillRow[]; peers: readonly string[] }) {
  return (
    <table class="ending-skills">
      <caption>Right alone, before → after</caption>
      <thead>
        <tr>
          <th scope="col">Skill</th>
          {peers.map((peer, index) => (
            <th key={peer} scope="col" class="peer-name" style={{ '--peer': `var(${peerColour(index)})` }}>
              {peer}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, perPeer }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {perPeer.map(({ before, now }, index) => (
              <td key={peers[index]}>{before === null || now === null ? '–' : fromTo(before, now)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Proof({ config: { backend, evalSize }, digest }: { config: RunConfig; digest: string }) {
  return (
    <details class="ending-proof">
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
