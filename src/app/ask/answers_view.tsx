import { type Part, partsOf } from '../../ilr/inquiry'
import { whyMode } from '../../ilr/mode_reason'
import type { RunConfig } from '../../runs/config'
import { Verdict, WrittenText } from '../exchange/written_text'
import { peerColour } from '../peer_colour'
import type { InquiryView, Said } from './inquiry_view'

interface Props {
  readonly view: InquiryView
  /** Of the run whose peers are asked. */
  readonly config: RunConfig
  /** Whether the peers answer in sentences, which take more room. */
  readonly wordy: boolean
}

const TITLES: Readonly<Record<Exclude<Part, 'analyze'>, string>> = {
  before: 'Alone, before training',
  after: 'Alone, after training',
  fuse: 'After the discussion',
}

/** One question, and what every peer says to it: a row of boxes for each, from before training to the end of the discussion. */
export function AnswersView({ view, config, wordy }: Props) {
  const { question, peers, trainedSteps, discussion } = view
  const parts = partsOf(peers.length, trainedSteps !== null)
  const columns = parts.filter((part) => part !== 'analyze')
  return (
    <div class="ask-answers" data-wordy={wordy} style={{ '--columns': columns.length }}>
      <div class="question">
        <p class="question-text">{question.text}</p>
        <p class="question-facts">
          {question.answer === null ? (
            'Right answer not given: nothing is marked right or wrong.'
          ) : (
            <>
              Answer: <strong>{question.answer}</strong>
              <span class="quiet"> (hidden from the peers)</span>
            </>
          )}
        </p>
      </div>
      <p class="ask-now">{nowText(view)}</p>
      {peers.map((peer, index) => (
        <section
          key={peer}
          class="ask-peer"
          aria-label={`What ${peer} says`}
          style={{ '--peer': `var(${peerColour(index)})` }}
        >
          <h3 class="peer-name">{peer}</h3>
          <div class="ask-columns">
            {columns.map((part) => (
              <AnswerCard
                key={part}
                title={TITLES[part]}
                said={view.said[peer]?.[part] ?? null}
                writing={view.writing === part}
              />
            ))}
          </div>
          <details class="ask-discussion" hidden={!parts.includes('fuse')}>
            <summary>How {peer} came to its last answer</summary>
            <p class="hint">
              {discussion === null
                ? 'The peers have not begun to discuss it.'
                : `${discussion.mode === 'cooperate' ? 'They cooperated.' : 'They competed.'} ${whyMode(config, discussion.mode, discussion.judgement)}`}
            </p>
            <ol>
              <Stage
                title="Share"
                about="its own idea, written alone"
                said={ideaOf(view, peer)}
                writing={false}
              />
              <Stage
                title="Analyze"
                about="it checks the steps of every idea"
                said={view.said[peer]?.analyze ?? null}
                writing={view.writing === 'analyze'}
              />
              <Stage
                title="Fuse"
                about="its final answer"
                said={view.said[peer]?.fuse ?? null}
                writing={view.writing === 'fuse'}
              />
            </ol>
          </details>
        </section>
      ))}
    </div>
  )
}

/** Stage share is the last answer alone. */
function ideaOf({ said, trainedSteps }: InquiryView, peer: string): Said | null {
  return said[peer]?.[trainedSteps === null ? 'before' : 'after'] ?? null
}

interface CardProps {
  readonly title: string
  readonly said: Said | null
  readonly writing: boolean
}

function AnswerCard({ title, said, writing }: CardProps) {
  const answer = said?.answer ?? null
  return (
    <article class="ask-card">
      <header>
        <h4>{title}</h4>
        <Verdict what="answer" correct={answer?.correct ?? null} />
      </header>
      <WrittenText text={said?.text ?? ''} writing={writing && answer === null} />
      <p class="ask-final">
        {answer === null ? (
          <>&nbsp;</>
        ) : (
          <>
            {answer.final === null ? (
              'no answer to be read'
            ) : (
              <>
                answer <strong>{answer.final}</strong>
              </>
            )}
            {answer.truncated ? <span class="quiet">, cut off: too long</span> : null}
          </>
        )}
      </p>
    </article>
  )
}

function Stage({ title, about, said, writing }: CardProps & { readonly about: string }) {
  return (
    <li>
      <p>
        <strong>{title}</strong> <span class="quiet">{about}</span>
      </p>
      <WrittenText text={said?.text ?? ''} writing={writing && (said?.answer ?? null) === null} />
    </li>
  )
}

const WRITING: Readonly<Record<Part, string>> = {
  before: 'Each peer answers alone, as it was before training …',
  after: 'Each peer answers alone, as it is after training …',
  analyze: 'Discussion: each peer checks the steps of every idea …',
  fuse: 'Discussion: each peer gives its final answer …',
}

/** What is being done, in a line. */
function nowText({ status, writing, loaded, peers }: InquiryView): string {
  switch (status) {
    case 'preparing':
      return 'Opening the peers …'
    case 'loading': {
      const fraction = peers.reduce((sum, peer) => sum + (loaded[peer] ?? 0), 0) / peers.length
      return `Loading the peers: ${Math.floor(fraction * 100)} %`
    }
    case 'measuring':
      return 'Each peer answers practice questions, to tell how hard it finds yours. That is done once …'
    case 'answering':
      return writing === null ? 'The peers have read your question …' : WRITING[writing]
    case 'done':
      return 'All have answered.'
    case 'stopped':
      return 'Stopped.'
    case 'failed':
      return 'Ended by an error.'
  }
}
