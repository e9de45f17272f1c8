import type { RunConfig } from '../../config/config'
import { differences } from '../../config/presets'
import { bytesText } from '../../report/format'
import { verdictText } from '../../runs/reproduction'
import { originsOf } from '../../runs/shared_sources'
import { Button } from '../controls'
import { counted, percent } from '../format'
import { sourceLabel } from '../models/peer_choice'
import type { Page } from '../page'
import { LongName } from '../parts'
import { settingsText } from '../settings/settings'
import { isSharedRun } from './use_link'

export function SharedRunNotice({ page }: { readonly page: Page }) {
  const { shared } = page.link
  if (shared === null) return null
  const { config, models, result, drifted } = shared
  const { verdict, changed } = page.reproduction
  const said = verdict === null ? 'Your run of it is in view.' : verdictText(verdict)
  const asked = originsOf(config, page.models.places.hub)
  return (
    <section class="notice notice-shared" aria-labelledby="shared-title" data-verdict={verdict?.kind}>
      <h2 id="shared-title">A run that somebody has shared with you</h2>
      <div class="row shared-state">
        {isSharedRun(shared, page.run.config) ? (
          <p class="verdict-line">{said}</p>
        ) : (
          <Button primary disabled={!page.over} onClick={() => void page.learning.startThat(config, null)}>
            Start the shared run
          </Button>
        )}
      </div>
      {page.wasEnded && page.link.autostart ? (
        <p class="hint hint-strong">
          This tab was closed while it loaded the peers, perhaps for want of memory. So it does not start by
          itself this time.
        </p>
      ) : null}
      <div class="visually-hidden" role="status">
        {verdict?.kind === 'reproduced' || verdict?.kind === 'parted' ? said : ''}
      </div>
      <p>
        {page.presetOf(config.preset)?.title ?? config.preset}. It takes {counted(config.steps, 'step')} with
        seed {config.seed}, on{' '}
        {config.backend === 'wasm' ? 'the processor (wasm)' : 'the graphics card (WebGPU)'}.
      </p>
      <ul class="bulleted" aria-label="Who takes part">
        {config.peers.map(({ id, source }, i) => {
          const { name, place } = sourceLabel(source)
          const bytes = models[i]?.bytes
          const solo = result?.solo?.[i]
          return (
            <li key={id}>
              <strong>{id}</strong>: {name === id ? place : `${name}, ${place}`}
              {bytes === undefined ? '' : `, ${bytesText(bytes)} as the link says`}
              {solo === undefined ? '' : `; right on its own ${percent(solo[0])} → ${percent(solo[1])}`}
            </li>
          )
        })}
      </ul>
      <p>
        {asked.length === 0
          ? 'Nothing is downloaded from anywhere but this page.'
          : `It needs something from ${[...new Set(asked.map(({ host }) => host))].join(' and ')}. Nobody has been asked for anything yet: you will be, first.`}
      </p>
      {asked
        .filter(({ what }) => what === 'questions')
        .map(({ name }) => (
          <p key={name}>
            Its questions:{' '}
            <code>
              <LongName>{name}</LongName>
            </code>
          </p>
        ))}
      <Differences config={config} />
      {result === null ? null : (
        <p>
          It came to digest <code class="digest">{result.digest}</code> after {counted(result.steps, 'step')}.
          {config.backend === 'webgpu' ? ' On another graphics card it comes out differently.' : ''}
        </p>
      )}
      {drifted ? (
        <p class="hint hint-strong">
          Presets have changed since it was shared, so it will not come out the same.
        </p>
      ) : null}
      {changed.length === 0 ? null : (
        <p class="hint hint-strong">
          Another model than where it was shared: {changed.join(', ')}. It will not come out the same.
        </p>
      )}
    </section>
  )
}

function Differences({ config }: { config: RunConfig }) {
  const told = differences(config).filter(([name]) => name !== 'peers' && name !== 'questionFile')
  if (told.length === 0) return <p>Its settings are those of the preset “{config.preset}”.</p>
  return (
    <details open={told.length <= 6}>
      <summary>
        {told.length} {told.length === 1 ? 'setting differs' : 'settings differ'} from the preset “
        {config.preset}”
      </summary>
      <ul class="row" aria-label="Settings that differ">
        {told.map(([name]) => (
          <li key={name} class="tag">
            {settingsText([name], config)}
          </li>
        ))}
      </ul>
    </details>
  )
}
