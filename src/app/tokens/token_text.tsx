import { Fragment } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { TextTokens } from '../../ilr/events'
import { pieceInWords, spokenFacts, tokenFacts } from './token_terms'
import { inkOf, isUnsure, type TokenView, tint, tokenViews, tokenWords } from './token_view'

interface Props {
  /** Whose text of which stage, for who hears it. */
  readonly label: string
  readonly view: { readonly text: string; readonly tokens: TextTokens; readonly advantage: number | null }
  /** Whether this run trains the stage: only then there is an advantage. */
  readonly trained: boolean
}

/**
 * A text token by token: tinted by what the update did to each, with the numbers of one of them in lines of fixed height. That one is
 * pointed at, tapped, or reached by arrow keys; all tokens together are one stop of the Tab key.
 */
export function TokenText({ label, view, trained }: Props) {
  const [at, setAt] = useState<number | null>(null)
  const { text, tokens } = view
  const advantage = trained ? view.advantage : null
  const views = useMemo(() => tokenViews(text, tokens, advantage ?? 0), [text, tokens, advantage])
  const words = useMemo(() => tokenWords(views), [views])
  const look = (event: Event) => {
    const place = placeOf(event.target)
    if (place !== null) setAt(place)
  }
  const move = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
    const to = destination(event.key, at ?? 0, views.length)
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
                <Token
                  key={token.place}
                  token={token}
                  advantage={advantage}
                  reached={token.place === (looked?.place ?? 0)}
                  looked={token === looked}
                />
              ))}
            </span>
            {behind}
          </Fragment>
        ))}
      </div>
      <div class="token-facts">
        {looked === undefined ? (
          <p class="hint">
            {trained ? whyNotLearned(tokens) : ''} Point at a token, tap it, or use the arrow keys.
          </p>
        ) : (
          <dl>
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

interface TokenProps {
  readonly token: TokenView
  readonly advantage: number | null
  /** Whether the Tab key leads to it. */
  readonly reached: boolean
  /** Whether its numbers are shown. */
  readonly looked: boolean
}

function Token({ token, advantage, reached, looked }: TokenProps) {
  const strength = tint(token)
  return (
    <span
      class="token"
      role="option"
      aria-label={pieceInWords(token)}
      aria-description={spokenFacts(token, advantage)}
      aria-selected={looked}
      tabIndex={reached ? 0 : -1}
      data-place={token.place}
      data-kind={token.kind}
      data-moved={strength === 0 ? 'not' : strength > 0 ? 'up' : 'down'}
      data-unsure={isUnsure(token)}
      style={{ '--strength': `${Math.round(Math.abs(strength) * 100)}%` }}
    >
      {inkOf(token)}
    </span>
  )
}

/** In stages that are trained: why this text was not, or taught nothing. */
function whyNotLearned({ stopped, ratios, gains }: TextTokens): string {
  if (gains === undefined)
    return stopped ? 'Not trained itself.' : 'Cut off before its end, and so not trained.'
  return ratios === undefined ? 'Advantage 0: nothing was learned from this text.' : ''
}

function placeOf(target: EventTarget | null): number | null {
  const place = target instanceof HTMLElement ? target.dataset.place : undefined
  return place === undefined ? null : Number(place)
}

/** Where a key leads to; null for keys that lead nowhere. */
function destination(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return Math.min(count - 1, at + 1)
    case 'ArrowLeft':
    case 'ArrowUp':
      return Math.max(0, at - 1)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
