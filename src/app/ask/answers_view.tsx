import type { RunConfig } from '../../config/config'
import type { Part } from '../../ilr/inquiry/inquiry'
import { Bubbles } from '../exchange/bubbles'
import { QuestionFacts } from '../exchange/exchange_panel'
import { ModeReason } from '../exchange/mode_reason'
import type { InquiryView } from './inquiry_view'

interface Props {
  readonly view: InquiryView
  readonly config: RunConfig
  /** Whether the peers answer in sentences, which take more room. */
  readonly wordy: boolean
}

/** One question, what every peer says to it before and after training, and their discussion. */
export function AnswersView({ view, config, wordy }: Props) {
  const { peers, before, talk } = view
  const discusses = peers.length > 1
  return (
    <div class="stack ask-answers" data-wordy={wordy}>
      <div class="question">
        <p class="question-text">{talk.question.text}</p>
        <div class="row question-facts">
          <QuestionFacts question={talk.question} />
        </div>
      </div>
      <p class="quiet ask-now">{nowText(view)}</p>
      {before === null ? null : (
        <section class="stack" aria-label="Before training">
          <h3>Alone, before training</h3>
          <Bubbles exchange={before} peers={peers} config={config} discusses={false} />
        </section>
      )}
      <section class="stack" aria-label={before === null ? 'Before training' : 'After training'}>
        <h3>
          {before === null ? 'Before training' : 'After training'}
          {discusses ? ': alone, then discussed' : ', alone'}
        </h3>
        {discusses ? <ModeReason exchange={talk} peers={peers} config={config} /> : null}
        <Bubbles exchange={talk} peers={peers} config={config} discusses={discusses} />
      </section>
    </div>
  )
}

const WRITING: Readonly<Record<Part, string>> = {
  before: 'Each peer answers alone, as it was before training …',
  after: 'Each peer answers alone, as it is after training …',
  analyze: 'Discussion: each peer checks the steps of every idea …',
  fuse: 'Discussion: each peer gives its final answer …',
}

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
