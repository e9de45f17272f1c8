import type { RunConfig } from '../../runs/config'
import { TOKEN_TERMS } from './token_terms'

/** What the tints mean, and the numbers of a token. */
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
        <dl>
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

/** Why the ratios are what they are in this run. */
function ratioRemark({ numIterations, importanceSamplingLevel }: RunConfig): string {
  if (numIterations === 1)
    return 'In this run a text is used for one update only. It is made by the same peer that wrote the text, so every ratio is 1 and nothing is clipped.'
  const level = importanceSamplingLevel === 'sequence' ? ' They are of the whole text here.' : ''
  return `In this run a text is used for ${numIterations} updates. The ratios are those of the last one.${level}`
}
