import { Fragment, type TargetedKeyboardEvent } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import type { TextTokens } from '../../ilr/events'
import { fixed, percent, signed } from '../format'
import { stepByKey } from '../steps/step_range'
import { inkOf, isUnsure, type TokenView, tint, tokenViews, tokenWords } from './token_view'

interface Props {
  readonly label: string
  readonly text: string
  readonly tokens: TextTokens
  /** Null where this run does not train the stage. */
  readonly advantage: number | null
}

/**
 * Shows a text's tokens, tinted by what the update did to each, and the numbers of one of them. A pointer, a tap or arrow
 * keys choose that one; all tokens are one stop of the Tab key.
 */
export function TokenText({ label, text, tokens, advantage }: Props) {
  const [at, setAt] = useState<number | null>(null)
  const views = useMemo(() => tokenViews(text, tokens, advantage ?? 0), [text, tokens, advantage])
  const words = useMemo(() => tokenWords(views), [views])
  const look = ({ target }: Event) => {
    const place = target instanceof HTMLElement ? target.dataset.place : undefined
    if (place !== undefined) setAt(Number(place))
  }
  const move = (event: TargetedKeyboardEvent<HTMLElement>) => {
    // Down is further on in a text, unlike on a slider.
    const key = { ArrowDown: 'ArrowRight', ArrowUp: 'ArrowLeft' }[event.key] ?? event.key
    const to = stepByKey(key, at ?? 0, [0, views.length - 1])
    if (to === null) return
    event.preventDefault()
    event.currentTarget.querySelector<HTMLElement>(`[data-place="${to}"]`)?.focus()
  }
  // Another text may be shorter.
  const looked = at === null ? undefined : views[at]
  return (
    <>
      <div
        class="stage-text tokens"
        role="listbox"
        aria-label={`Tokens of ${label}`}
        aria-orientation="horizontal"
        tabIndex={-1}
        onPointerOver={look}
        onFocusIn={look}
        onKeyDown={move}
      >
        {words.map(({ before, tokens: own, behind }) => (
          <Fragment key={own[0].place}>
            {before}
            <span class="word" role="presentation">
              {own.map((token) => (
                <span
                  key={token.place}
                  class="token"
                  role="option"
                  aria-label={pieceInWords(token)}
                  aria-description={spokenFacts(token, advantage)}
                  aria-selected={token === looked}
                  tabIndex={token.place === (looked?.place ?? 0) ? 0 : -1}
                  data-place={token.place}
                  data-kind={token.kind}
                  data-unsure={isUnsure(token)}
                  {...tinted(tint(token))}
                >
                  {inkOf(token)}
                </span>
              ))}
            </span>
            {behind}
          </Fragment>
        ))}
      </div>
      <div class="token-facts">
        {looked === undefined ? (
          <p class="hint">
            {advantage === null ? '' : whyNotLearned(tokens)} Point at a token, tap it, or use the arrow keys.
          </p>
        ) : (
          <dl class="columns">
            {tokenFacts(looked, advantage).map(({ term, value, meaning }) => (
              <div key={term} title={meaning}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </>
  )
}

/** In stages that are trained: why this text was not, or taught nothing. */
function whyNotLearned({ stopped, ratios, gains }: TextTokens): string {
  if (gains === undefined)
    return stopped ? 'Not trained itself.' : 'Cut off before its end, and so not trained.'
  return ratios === undefined ? 'Advantage 0: nothing was learned from this text.' : ''
}

/** Marks what has become likelier or rarer, by how much in [-1, 1]: a token, or a whole try. */
export function tinted(moved: number) {
  return {
    'data-moved': moved === 0 ? 'not' : moved > 0 ? 'up' : 'down',
    style: { '--strength': `${Math.round(Math.abs(moved) * 100)}%` },
  }
}

const TOKEN_TERMS = {
  token: 'The piece of text that the peer chose in one go: a word, a sign or a digit.',
  advantage:
    'How much better this text was rewarded than the other tries of its group. All its tokens share it: above 0 they are made likelier, below 0 rarer.',
  probability: 'How likely the peer was to choose this token there, when it wrote.',
  logprob: 'The same as a logarithm, which is what is computed with: 0 is certain, −0.69 is 50 %.',
  afterwards: 'How likely it is to choose it there now, after the update that followed.',
  change: 'Afterwards divided by before: × 2 is twice as likely.',
  ratio:
    'How likely the token was for the peer at its last update, divided by how likely when it was written. 1 means that it is still the same peer.',
  clipped:
    'A token that has moved far enough already is held back: it is left out of the update, so that no step is too long.',
} as const

const NONE = '–'

type Term = keyof typeof TOKEN_TERMS

/** @param advantage of the text; null where its stage is not trained */
function tokenFacts(token: TokenView, advantage: number | null) {
  const values: Readonly<Record<Term, string>> = {
    token: pieceInWords(token),
    advantage: signed(advantage),
    probability: percent(token.probability, 1),
    logprob: fixed(token.logprob, 3),
    afterwards: percent(token.after?.probability, 1),
    change: token.after ? `× ${fixed(token.after.change, 3)}` : NONE,
    ratio: fixed(token.ratio, 3),
    clipped: clippedInWords(token),
  }
  return Object.entries(values).map(([term, value]) => ({ term, value, meaning: TOKEN_TERMS[term as Term] }))
}

/** Returns the facts in one sentence for screen readers. */
export function spokenFacts(token: TokenView, advantage: number | null): string {
  const facts = tokenFacts(token, advantage).filter(({ term, value }) => term !== 'token' && value !== NONE)
  return facts.map(({ term, value }) => `${term} ${value}`).join(', ')
}

/** Makes blanks and line breaks of a piece visible. */
export function pieceInWords({ piece, kind }: TokenView): string {
  if (kind === 'stop') return 'end of text'
  if (kind === 'part') return 'part of a sign'
  return `“${piece.replaceAll(' ', '␣').replaceAll('\n', '⏎')}”`
}

function clippedInWords({ ratio, clip }: TokenView): string {
  if (ratio === null) return NONE
  if (clip === null) return 'no'
  return clip === 'high' ? 'above' : 'below'
}

export function TokenLegend({ config }: { readonly config: RunConfig }) {
  return (
    <div class="token-legend">
      <p class="hint">
        After the update:{' '}
        <span class="token-key" data-moved="up">
          likelier
        </span>{' '}
        <span class="token-key" data-moved="down">
          rarer
        </span>
        .{' '}
        <span class="token-key" data-unsure="true">
          Underlined
        </span>
        : less likely than not when it was written.
      </p>
      <details>
        <summary>What the numbers mean</summary>
        <dl class="columns">
          {Object.entries(TOKEN_TERMS).map(([term, meaning]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        <p class="hint">{ratioRemark(config)}</p>
      </details>
    </div>
  )
}

function ratioRemark({ numIterations, importanceSamplingLevel }: RunConfig): string {
  if (numIterations === 1)
    return 'In this run a text is used for one update only. It is made by the same peer that wrote the text, so every ratio is 1 and nothing is clipped.'
  const level = importanceSamplingLevel === 'sequence' ? ' They are of the whole text here.' : ''
  return `In this run a text is used for ${numIterations} updates. The ratios are those of the last one.${level}`
}
