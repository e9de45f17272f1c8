import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { isSameRun } from '../../config/comparison'
import type { RunConfig } from '../../config/config'
import type { OwnQuestion, Part } from '../../ilr/inquiry/inquiry'
import { Button } from '../controls'
import type { SavedRuns } from '../engine'
import { Bubbles } from '../exchange/bubbles'
import { ModeReason, QuestionFacts } from '../exchange/exchange_panel'
import { listed } from '../format'
import { ProblemNotice } from '../notices'
import { type Example, embeddedPeers, examplesOf } from './examples'
import { type Asked, type InquiryView, isAnswering, isRefused, useInquiry } from './inquiry_view'
import '../styles/ask.css'

interface Props extends Omit<Asked, 'trainedSteps'> {
  readonly kept: SavedRuns | null
}

export function AskPanel(props: Props) {
  const { task, peers } = props.config
  return (
    <section class="card stack ask" aria-labelledby="ask-title">
      <h2 id="ask-title">Ask the peers</h2>
      {task === 'code' ? (
        <p>
          {listed(peers.map(({ id }) => id))} write small programs here, which are checked by running tests. A
          question of your own would come without tests, so it cannot be asked. Choose a preset with another
          task.
        </p>
      ) : (
        <Inquiring {...props} />
      )}
    </section>
  )
}

function Inquiring({ kept, ...props }: Props) {
  const { config, over } = props
  const { peers, task } = config
  const trainedSteps = useMemo(
    () => kept?.runs.find((run) => isSameRun(run.config, config))?.step ?? null,
    [kept, config],
  )
  const examples = useMemo(() => examplesOf({ task, peers }), [task, peers])
  const { view, ask, stop } = useInquiry({ ...props, trainedSteps })
  const names = listed(peers.map(({ id }) => id))
  const beginners = embeddedPeers(peers)
  return (
    <>
      <p>
        {names} answer your question alone, then discuss it. {limits(beginners, peers.length)}
      </p>
      <QuestionForm
        examples={examples}
        over={over}
        answering={view !== null && isAnswering(view)}
        onAsk={(question) => void ask(question)}
        onStop={stop}
      />
      <p class="hint">{whenTrained(over, trainedSteps, names)}</p>
      {view === null || view.problem === null ? null : <ProblemNotice problem={view.problem} />}
      {view === null || isRefused(view) ? null : (
        <AnswersView view={view} config={config} wordy={beginners.length < peers.length} />
      )}
      <div class="visually-hidden" role="log" aria-label="Answers of the peers">
        {view?.told.map((sentence, index) => (
          <p key={index}>{sentence}</p>
        ))}
      </div>
    </>
  )
}

function limits(beginners: readonly string[], count: number): string {
  if (beginners.length === 0) return 'Ask in your own words.'
  const who = beginners.length === count ? 'They' : listed(beginners)
  return `${who} have read nothing but small word problems: take an example and change its names and numbers. At anything else they can only guess.`
}

function whenTrained(over: boolean, trainedSteps: number | null, names: string): string {
  if (!over)
    return `${names} are busy with a run. Ask them when it has ended, or press Stop, and continue it later.`
  if (trainedSteps === null)
    return 'No run of yours with these settings is kept here yet, so there are only answers from before training. Press “Let them learn”, then ask again.'
  return `After training is as of step ${trainedSteps}, the newest that is kept of this run. Before training is how the models came.`
}

interface AnswersProps {
  readonly view: InquiryView
  readonly config: RunConfig
  /** Whether the peers answer in sentences, which take more room. */
  readonly wordy: boolean
}

function AnswersView({ view, config, wordy }: AnswersProps) {
  const { peers, before, talk } = view
  const discusses = peers.length > 1
  // An inquiry is among all peers, whatever the method of their run.
  const asked = { ...config, method: 'ilr' } as const
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
        {discusses ? <ModeReason exchange={talk} peers={peers} config={asked} /> : null}
        <Bubbles exchange={talk} peers={peers} config={asked} discusses={discusses} />
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

interface FormProps {
  readonly examples: readonly Example[]
  readonly over: boolean
  readonly answering: boolean
  readonly onAsk: (question: OwnQuestion) => void
  readonly onStop: () => void
}

interface Draft {
  readonly text: string
  readonly answer: string
  /** Whether the answer came with an example: it goes when the question is changed. */
  readonly borrowed: boolean
}

const EMPTY: Draft = { text: '', answer: '', borrowed: false }

function QuestionForm({ examples, over, answering, onAsk, onStop }: FormProps) {
  const [{ text, answer, borrowed }, setDraft] = useState(EMPTY)
  const field = useRef<HTMLTextAreaElement>(null)
  const stop = useRef<HTMLButtonElement>(null)
  const enabled = over && !answering
  // The button that stops goes away, and the keyboard would lose its place.
  useLayoutEffect(() => {
    if (!answering && document.activeElement === stop.current) field.current?.focus()
  }, [answering])
  const ask = () => {
    if (enabled) onAsk({ text, answer: answer.trim() === '' ? null : answer })
  }
  return (
    <form
      class="stack ask-form"
      onSubmit={(event) => {
        event.preventDefault()
        ask()
      }}
    >
      <div class="field">
        <label for="ask-question">Your question</label>
        <textarea
          id="ask-question"
          ref={field}
          rows={3}
          value={text}
          onInput={({ currentTarget: { value } }) =>
            setDraft({ text: value, answer: borrowed ? '' : answer, borrowed: false })
          }
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
            event.preventDefault()
            ask()
          }}
        />
      </div>
      <div class="row">
        <div class="field ask-answer">
          <label for="ask-answer">Right answer, if you know it</label>
          <input
            id="ask-answer"
            type="text"
            autocomplete="off"
            value={answer}
            onInput={({ currentTarget: { value } }) => setDraft({ text, answer: value, borrowed: false })}
          />
          <p class="hint">Without it, nothing is marked right or wrong.</p>
        </div>
        <div class="row ask-buttons">
          <Button type="submit" primary aria-disabled={!enabled}>
            Ask
          </Button>
          <Button ref={stop} data-shown={answering} onClick={onStop}>
            Stop asking
          </Button>
        </div>
      </div>
      <fieldset class="columns ask-examples">
        <legend>Examples</legend>
        {examples.map((example) => (
          <button
            key={example.text}
            type="button"
            class="pick ask-example"
            onClick={() => {
              setDraft({ text: example.text, answer: example.answer, borrowed: true })
              field.current?.focus()
            }}
          >
            {example.text}
            {example.lackedBy.length === 0 ? null : (
              <span class="tag">too hard for {listed(example.lackedBy)} before training</span>
            )}
          </button>
        ))}
      </fieldset>
    </form>
  )
}
