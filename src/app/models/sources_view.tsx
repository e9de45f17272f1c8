import { canPickFolder, folderOfFiles, type PickedFolder, pickFolder } from '../../hub'
import type { ModelPlaces } from '../../hub/places'
import { Button } from '../controls'
import { LongName } from '../long_name'
import { CachedModels } from './cached_models'
import { isElsewhere, type PeerChoice, sourceLabel } from './peer_choice'
import { HubField, ServerField } from './source_fields'
import type { Download } from './use_download'

interface Props {
  readonly peer: string
  readonly current: string
  readonly offered: readonly PeerChoice[]
  readonly places: ModelPlaces
  readonly download: Download
  readonly onHub: (hub: string | undefined) => void
  /** A source that needs no download. */
  readonly onUse: (source: string) => void
  readonly onFolder: (picking: Promise<PickedFolder | null>) => void
}

/** Where a model can come from. */
export function SourcesView(props: Props) {
  const { peer, current, offered, places, download, onHub, onUse, onFolder } = props
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
                <Button
                  aria-label={isInUse ? `In use: ${name} for ${peer}` : `Use ${name} for ${peer}`}
                  disabled={isInUse}
                  onClick={() => (isElsewhere(source) ? download.consider(source) : onUse(source))}
                >
                  {isInUse ? 'In use' : 'Use'}
                </Button>
              </li>
            )
          })}
        </ul>
      </section>
      <CachedModels places={places} download={download} />
      <HubField places={places} onHub={onHub} download={download} />
      <section class="models-source" aria-labelledby="models-folder">
        <h3 id="models-folder">A folder on this computer</h3>
        <p class="hint" id="models-folder-hint">
          A model folder as it is on the hub: config.json, tokenizer.json, tokenizer_config.json and
          onnx/model_q4.onnx. You can also drop it on this window. It stays on this computer.
        </p>
        {canPickFolder() ? (
          <Button aria-describedby="models-folder-hint" onClick={() => onFolder(pickFolder())}>
            Choose folder…
          </Button>
        ) : (
          <FolderInput onFolder={onFolder} />
        )}
      </section>
      <ServerField onUse={onUse} download={download} />
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
