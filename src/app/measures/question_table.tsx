import type { QuestionRecord } from '../../ilr/events'
import { fixed } from '../format'
import { peerColour } from '../peer_colour'
import type { StepEvent } from '../state'
import { skillName } from '../stories'

interface Props {
  /** The step that is looked at. */
  readonly shown: StepEvent | undefined
  readonly peers: readonly string[]
  /** Keeps room for so many rows, so that the first step moves nothing. */
  readonly questionsPerStep: number
}

const MODE_WORDS = { cooperate: 'help each other', compete: 'compete', none: 'not discussed' } as const

/** How each question of a step was dealt with. */
export function QuestionTable({ shown, peers, questionsPerStep }: Props) {
  return (
    <div class="question-table">
      <h3>{shown === undefined ? 'Questions of the latest step' : `Questions of step ${shown.step}`}</h3>
      <p class="hint">
        P: the chance that a peer solves it alone; the peers disagree where they would pick different modes
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
      <div class="question-rows" style={{ '--rows': questionsPerStep + 1 }} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">question</th>
              {peers.map((peer, index) => (
                <th key={peer} scope="col" style={{ '--peer': `var(${peerColour(index)})` }}>
                  P <span class="peer-name">{peer}</span>
                </th>
              ))}
              <th scope="col">mode</th>
              <th scope="col">peers</th>
            </tr>
          </thead>
          <tbody>
            {shown?.questions.map((record) => (
              <tr key={record.id}>
                <th scope="row">
                  {skillName(record.skill).name}, level {record.level}
                </th>
                {peers.map((peer) => (
                  <td key={peer}>{fixed(record.judgement[peer]?.p)}</td>
                ))}
                <td>
                  <span class="question-mode" data-mode={record.mode ?? 'none'}>
                    {MODE_WORDS[record.mode ?? 'none']}
                  </span>
                </td>
                <td>{agreement(record)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function agreement({ judgement, disagreement }: QuestionRecord): string {
  if (Object.keys(judgement).length === 0) return '–'
  return disagreement ? 'disagree' : 'agree'
}
