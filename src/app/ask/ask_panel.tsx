import { useMemo } from 'preact/hooks'
import { isSameRun } from '../../config/comparison'
import type { SavedRuns } from '../engine'
import { listed } from '../format'
import { ProblemNotice } from '../notices'
import '../styles/ask.css'
import { AnswersView } from './answers_view'
import { embeddedPeers, examplesOf } from './examples'
import { isAnswering, isRefused } from './inquiry_view'
import { QuestionForm } from './question_form'
import { type Asked, useInquiry } from './use_inquiry'

interface Props extends Omit<Asked, 'trainedSteps'> {
  readonly kept: SavedRuns | null
}

/** A place for questions of the visitor's own. */
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

/** What peers that come with the page have not read. */
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
