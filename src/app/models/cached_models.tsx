import { useEffect, useRef, useState } from 'preact/hooks'
import { bytesText, type CachedModel, deleteModel, listModels, openCacheStore, remoteSource } from '../../hub'
import type { ModelPlaces } from '../../hub/places'
import { baseUrl } from '../../hub/source'
import { Button } from '../controls'
import { LongName } from '../long_name'
import { sourceLabel } from './peer_choice'
import type { Download } from './use_download'

interface Props {
  readonly places: ModelPlaces
  readonly download: Download
}

/** The downloaded models with their sizes, to use or to delete. */
export function CachedModels({ places, download }: Props) {
  const [models, setModels] = useState<readonly CachedModel[] | null>(null)
  const title = useRef<HTMLHeadingElement>(null)
  const list = async () => setModels(await listModels(await openCacheStore()))
  useEffect(() => {
    list().catch(download.fail)
  }, [])
  const remove = async (model: CachedModel) => {
    try {
      await deleteModel(model, await openCacheStore())
      await list()
      // The row with the focus is gone.
      title.current?.focus()
    } catch (error) {
      download.fail(error)
    }
  }
  return (
    <section class="models-source" aria-labelledby="models-cached">
      <h3 id="models-cached" ref={title} tabIndex={-1}>
        Downloaded before
      </h3>
      {models === null || models.length === 0 ? (
        <p class="hint">{models === null ? 'Looking …' : 'Nothing so far.'}</p>
      ) : (
        <ul class="stack models-list">
          {models.map((model) => (
            <CachedRow
              key={model.base}
              model={model}
              usable={isOfHub(model, places.hub)}
              onUse={() => void download.consider(model.source)}
              onDelete={() => void remove(model)}
            />
          ))}
        </ul>
      )}
    </section>
  )
}

/** A source names the hub that is set now, so a model from another hub cannot be named. */
function isOfHub({ source, base }: CachedModel, hub: string | undefined): boolean {
  const parsed = remoteSource(source)
  return parsed !== null && baseUrl(parsed, hub) === base
}

interface RowProps {
  readonly model: CachedModel
  readonly usable: boolean
  readonly onUse: () => void
  readonly onDelete: () => void
}

function CachedRow({ model, usable, onUse, onDelete }: RowProps) {
  const [asking, setAsking] = useState(false)
  const no = useRef<HTMLButtonElement>(null)
  const yes = useRef<HTMLButtonElement>(null)
  const asked = useRef(false)
  // The buttons of the question take the place of those before: the focus follows.
  useEffect(() => {
    if (asking) no.current?.focus()
    else if (asked.current) yes.current?.focus()
    asked.current = asking
  }, [asking])
  const { name } = sourceLabel(model.source)
  const size = bytesText(model.bytes)
  return (
    <li class="row">
      <p>
        <span class="models-name">
          <LongName>{name}</LongName>
        </span>{' '}
        <span class="hint">
          {asking
            ? `Delete ${size}? It would have to be downloaded again.`
            : `${size} from ${model.host}${model.partialBytes > 0 ? ', not complete' : ''}${usable ? '' : ', which is not the hub set below'}`}
        </span>
      </p>
      {asking ? (
        <>
          <Button aria-label={`Keep ${name}`} ref={no} onClick={() => setAsking(false)}>
            Keep
          </Button>
          <Button class="button-danger" aria-label={`Yes, delete ${name}`} onClick={onDelete}>
            Delete
          </Button>
        </>
      ) : (
        <>
          <Button aria-label={`Use ${name}`} disabled={!usable} onClick={onUse}>
            Use
          </Button>
          <Button aria-label={`Delete ${name}…`} ref={yes} onClick={() => setAsking(true)}>
            Delete…
          </Button>
        </>
      )}
    </li>
  )
}
