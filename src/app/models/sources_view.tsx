import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import {
  bytesText,
  type CachedModel,
  canPickFolder,
  deleteModel,
  folderOfFiles,
  listModels,
  openCacheStore,
  pickFolder,
  remoteSource,
} from '../../hub'
import { baseUrl } from '../../hub/source'
import { Button } from '../controls'
import { LongName } from '../long_name'
import { ElsewhereForm } from './elsewhere_form'
import { isElsewhere, sourceLabel } from './peer_choice'
import type { Choice } from './use_choice'

interface Props {
  readonly choice: Choice
}

/** Where a model can come from. */
export function SourcesView({ choice }: Props) {
  const { id, current, offered, use, takeFolder } = choice
  const own = [...new Set(offered.map(({ source }) => source))]
  return (
    <>
      <section class="stack models-source" aria-labelledby="models-preset">
        <h3 id="models-preset">Models for these questions</h3>
        <ul class="stack models-list">
          {own.map((source) => {
            const { name, place } = sourceLabel(source)
            const isInUse = source === current && !isElsewhere(source)
            return (
              <ModelRow key={source} name={name} about={place}>
                <Button
                  aria-label={isInUse ? `In use: ${name} for ${id}` : `Use ${name} for ${id}`}
                  disabled={isInUse}
                  onClick={() => (isElsewhere(source) ? choice.consider(source) : use({ source }))}
                >
                  {isInUse ? 'In use' : 'Use'}
                </Button>
              </ModelRow>
            )
          })}
        </ul>
      </section>
      <CachedModels choice={choice} />
      <section class="stack models-source" aria-labelledby="models-folder">
        <h3 id="models-folder">A folder on this computer</h3>
        <p class="hint" id="models-folder-hint">
          A model folder as it is on the hub: config.json, tokenizer.json, tokenizer_config.json and
          onnx/model_q4.onnx. You can also drop it on this window. It stays on this computer.
        </p>
        {canPickFolder() ? (
          <Button aria-describedby="models-folder-hint" onClick={() => void takeFolder(pickFolder())}>
            Choose folder…
          </Button>
        ) : (
          <label class="field">
            <span class="label">Choose folder</span>
            <input
              type="file"
              {...{ webkitdirectory: true }}
              aria-describedby="models-folder-hint"
              onChange={({ currentTarget: { files } }) => {
                // Also what it throws is for whoever waits.
                if (files !== null && files.length > 0) void takeFolder((async () => folderOfFiles(files))())
              }}
            />
          </label>
        )}
      </section>
      <ElsewhereForm choice={choice} />
    </>
  )
}

/** The downloaded models with their sizes, to use or to delete. */
function CachedModels({ choice }: Props) {
  const [models, setModels] = useState<readonly CachedModel[] | null>(null)
  const title = useRef<HTMLHeadingElement>(null)
  const list = async () => setModels(await listModels(await openCacheStore()))
  useEffect(() => {
    list().catch(choice.fail)
  }, [])
  const remove = async (model: CachedModel) => {
    try {
      await deleteModel(model, await openCacheStore())
      await list()
      // The row with the focus is gone.
      title.current?.focus()
    } catch (error) {
      choice.fail(error)
    }
  }
  return (
    <section class="stack models-source" aria-labelledby="models-cached">
      <h3 id="models-cached" ref={title} tabIndex={-1}>
        Downloaded before
      </h3>
      {models?.length ? null : <p class="hint">{models === null ? 'Looking …' : 'Nothing so far.'}</p>}
      <ul class="stack models-list">
        {models?.map((model) => {
          const { source, base, bytes, partialBytes, host } = model
          const { name } = sourceLabel(source)
          const usable = isOfHub(model, choice.places.hub)
          const about = [
            `${bytesText(bytes)} from ${host}`,
            ...(partialBytes > 0 ? ['not complete'] : []),
            ...(usable ? [] : ['which is not the hub set below']),
          ]
          return (
            <ModelRow key={base} name={name} about={about.join(', ')}>
              <Button
                aria-label={`Use ${name}`}
                disabled={!usable}
                onClick={() => void choice.consider(source)}
              >
                Use
              </Button>
              <details>
                <summary aria-label={`Delete ${name}…`}>Delete…</summary>
                <p class="hint">It would have to be downloaded again.</p>
                <Button
                  class="button-danger"
                  aria-label={`Yes, delete ${name}`}
                  onClick={() => void remove(model)}
                >
                  Delete
                </Button>
              </details>
            </ModelRow>
          )
        })}
      </ul>
    </section>
  )
}

/** A source names the hub that is set now, so a model from another hub cannot be named. */
function isOfHub({ source, base }: CachedModel, hub: string | undefined): boolean {
  const parsed = remoteSource(source)
  return parsed !== null && baseUrl(parsed, hub) === base
}

interface RowProps {
  readonly name: string
  readonly about: string
  readonly children: ComponentChildren
}

function ModelRow({ name, about, children }: RowProps) {
  return (
    <li class="row">
      <p>
        <strong>
          <LongName>{name}</LongName>
        </strong>{' '}
        <span class="hint">{about}</span>
      </p>
      {children}
    </li>
  )
}
