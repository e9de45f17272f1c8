import { whyNotDiscussed } from '../../ilr/mode_reason'
import { trainedStages } from '../../ilr/sequences'
import type { RunConfig } from '../../runs/config'
import type { Stage } from '../../tasks/task'
import { useTokenSwitch } from '../tokens/use_token_switch'
import { type ExchangeView, isLeftOut, STAGE_TITLES, STAGES } from './exchange_view'
import { ModeReason } from './mode_reason'
import { PromptsDisclosure } from './prompts_disclosure'
import { StageCard } from './stage_card'

interface Props {
  readonly exchange: ExchangeView | null
  /** Whether it is of a recording. */
  readonly recorded: boolean
  /** Whether it is of a step that the visitor pinned, and not what the run does now. */
  readonly pinned: boolean
  readonly peers: readonly string[]
  /** Of the run that is shown. */
  readonly config: RunConfig
  /** Of the run that is on, or would be started next. */
  readonly judge: RunConfig['difficultyJudge']
  readonly task: RunConfig['task']
  readonly onError: (error: unknown) => void
}

const ABOUT: Readonly<Record<Stage, string>> = {
  share: 'Each peer answers alone, from the question only.',
  analyze: 'Each peer checks the steps of every idea.',
  fuse: 'Each peer gives its final answer.',
}

/** From this many peers on, a stage's name stands above the cards: beside them they would be too narrow. */
const MANY_PEERS = 3

/** The discussion of one question: peers side by side, stage by stage, as it is written. */
export function ExchangePanel(props: Props) {
  const { exchange, recorded, pinned, peers, config, judge, task, onError } = props
  const { method } = config
  const trained = trainedStages(config)
  const leftOut = exchange !== null && isLeftOut(exchange)
  const tokens = useTokenSwitch(onError)
  return (
    <section class="card exchange" aria-labelledby="exchange-title">
      <header class="exchange-head">
        <h2 id="exchange-title">Their discussion</h2>
        <p class="tag exchange-step" data-pinned={pinned}>
          {recorded ? 'recorded, ' : ''}
          {exchange === null ? 'not begun' : `step ${exchange.step}`}
          {pinned ? ', pinned' : ''}
        </p>
      </header>
      <QuestionBlock exchange={exchange} />
      <ModeReason exchange={exchange} peers={peers} config={config} />
      <div class="token-bar">
        <button type="button" class="button" aria-pressed={tokens.on} onClick={tokens.toggle}>
          Tokens
        </button>
        {tokens.parts === null ? (
          <p class="hint">How likely each piece of the texts was, and what learning made of it.</p>
        ) : (
          <tokens.parts.TokenLegend config={config} />
        )}
      </div>
      <div
        class={peers.length >= MANY_PEERS ? 'stages stages-many' : 'stages'}
        data-peers={peers.length}
        style={{ '--peers': peers.length }}
      >
        {STAGES.map((stage, number) => (
          <section
            key={stage}
            class="stage-row"
            aria-label={`Stage ${number + 1}: ${STAGE_TITLES[stage]}`}
            data-writing={exchange?.writing === stage}
          >
            <div class="stage-label">
              <span class="stage-number" aria-hidden="true">
                {number + 1}
              </span>
              <div>
                <h3>{STAGE_TITLES[stage]}</h3>
                <p>{ABOUT[stage]}</p>
              </div>
            </div>
            {leftOut && stage !== 'share' ? (
              // As high as the cards where the next question may be discussed, so that nothing jumps.
              <p class="stage-none" data-stage={stage} data-steady={method === 'ilr'}>
                {whyNotDiscussed(method)}
              </p>
            ) : (
              peers.map((peer, index) => (
                <StageCard
                  key={peer}
                  peer={peer}
                  index={index}
                  stage={stage}
                  view={exchange?.peers[peer]?.[stage] ?? null}
                  writing={exchange?.writing === stage}
                  trained={trained.includes(stage)}
                  tokens={tokens}
                />
              ))
            )}
          </section>
        ))}
      </div>
      <PromptsDisclosure task={task} judge={judge} />
    </section>
  )
}

function QuestionBlock({ exchange }: { exchange: ExchangeView | null }) {
  return (
    <div class="question">
      <p class="question-text">
        {exchange === null ? 'The question that the peers discuss appears here.' : exchange.question.text}
      </p>
      <p class="question-facts">
        {exchange === null ? (
          <>&nbsp;</>
        ) : (
          <>
            right answer <strong>{exchange.question.answer}</strong>
            <span class="quiet">, which the peers do not see</span>
            <span class="tag">
              {exchange.question.skill}, level {exchange.question.level}
            </span>
          </>
        )}
      </p>
    </div>
  )
}
