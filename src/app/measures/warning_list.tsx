import type { Warning } from '../state'

export function WarningList({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <section class="card stack warnings" aria-labelledby="warnings-title">
      <h2 id="warnings-title">Warnings</h2>
      {warnings.length === 0 ? (
        <p class="hint">None so far.</p>
      ) : (
        <ul class="stack">
          {warnings.map(({ step, message, count }, index) => (
            <li key={index}>
              <span class="tag">step {step}</span> {message}
              {count > 1 ? ` (${count} times)` : ''}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
