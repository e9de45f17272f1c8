import { canPickFolder, folderOfFiles, type PickedFolder, pickFolder } from '../../hub'
import type { ModelPlaces } from '../../hub/places'
import { LongName } from '../long_name'
import { CachedModels } from './cached_models'
import { isElsewhere, type PeerChoice, sourceLabel } from './peer_choice'
import { HubField, ServerField } from './source_fields'

interface Props {
  readonly peer: string
  readonly current: string
  readonly offered: readonly PeerChoice[]
  readonly places: ModelPlaces
  readonly onHub: (hub: string | undefined) => void
  /** A source that needs no download. */
  readonly onUse: (source: string) => void
  readonly onLookUp: (source: string) => void
  readonly onConsider: (source: string) => void
  readonly onFolder: (picking: Promise<PickedFolder | null>) => void
  readonly onError: (error: unknown) => void
}

/** Where a model can come from. */
export function SourcesView(props: Props) {
  const { peer, current, offered, places, onHub, onUse, onLookUp, onConsider, onFolder, onError } = props
  const own = [...new Set(offered.map(({ source }) => source))]
  return (
    <>
      <section class="models-source" aria-labelledby="models-preset">
        <h3 id="models-preset">Models for these questions</h3>
        <ul class="stack models-list">
          {own.map((source) => {
            const { name, place } = sourceLabel(source)
            const isInUse = source === current && !isElsewhere(source)
            return (
              <li key={source} class="row">
                <p>
                  <span class="models-name">
                    <LongName>{name}</LongName>
                  </span>{' '}
                  <span class="hint">{place}</span>
                </p>
                <button
                  type="button"
                  class="button"
                  aria-label={isInUse ? `In use: ${name} for ${peer}` : `Use ${name} for ${peer}`}
                  disabled={isInUse}
                  onClick={() => (isElsewhere(source) ? onConsider(source) : onUse(source))}
                >
                  {isInUse ? 'In use' : 'Use'}
                </button>
              </li>
            )
          })}
        </ul>
      </section>
      <CachedModels places={places} onConsider={onConsider} onError={onError} />
      <HubField places={places} onHub={onHub} onLookUp={onLookUp} onError={onError} />
      <section class="models-source" aria-labelledby="models-folder">
        <h3 id="models-folder">A folder on this computer</h3>
        <p class="hint" id="models-folder-hint">
          A model folder as it is on the hub: config.json, tokenizer.json, tokenizer_config.json and
          onnx/model_q4.onnx. You can also drop it on this window. It stays on this computer.
        </p>
        {canPickFolder() ? (
          <button
            type="button"
            class="button"
            aria-describedby="models-folder-hint"
            onClick={() => onFolder(pickFolder())}
          >
            Choose folder…
          </button>
        ) : (
          <FolderInput onFolder={onFolder} />
        )}
      </section>
      <ServerField onUse={onUse} onLookUp={onLookUp} onError={onError} />
    </>
  )
}

/** For browsers without a directory picker. */
function FolderInput({ onFolder }: Pick<Props, 'onFolder'>) {
  return (
    <label class="models-input">
      Choose folder
      <input
        type="file"
        {...{ webkitdirectory: true }}
        aria-describedby="models-folder-hint"
        onChange={({ currentTarget }) => {
          const { files } = currentTarget
          // Also what it throws is for whoever waits.
          if (files !== null && files.length > 0) onFolder((async () => folderOfFiles(files))())
        }}
      />
    </label>
  )
}
