import { Fragment, type TargetedKeyboardEvent } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { TextTokens } from '../../ilr/events'
import { stepByKey } from '../steps/step_range'
import { pieceInWords, spokenFacts, tokenFacts } from './token_terms'
import { inkOf, isUnsure, tint, tokenViews, tokenWords } from './token_view'

interface Props {
  readonly label: string
  readonly text: string
  readonly tokens: TextTokens
  /** Null where this run does not train the stage. */
  readonly advantage: number | null
}

/**
 * A text token by token: tinted by what the update did to each, with the numbers of one of them in lines of fixed height. That one is
 * pointed at, tapped, or reached by arrow keys; all tokens together are one stop of the Tab key.
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
