import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import {
  bytesText,
  type CachedModel,
  canPickFolder,
  DEFAULT_HUB,
  deleteModel,
  folderOfFiles,
  hubAddress,
  listModels,
  openCacheStore,
  parseSource,
  pickFolder,
  remoteSource,
  sourceName,
} from '../../hub'
import { baseUrl } from '../../hub/source'
import { Button } from '../controls'
import { LongName } from '../parts'
import { isElsewhere, sourceLabel } from './peer_choice'
import { requireBeside } from './run_estimate'
import type { Choice } from './use_choice'

interface Props {
  readonly choice: Choice
}

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

function ModelRow({ name, about, children }: { name: string; about: string; children: ComponentChildren }) {
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

/** Known to be laid out as this page needs it. Whether one fits a device is seen by its size. */
const SUGGESTIONS = [
  'HuggingFaceTB/SmolLM2-135M-Instruct',
  'onnx-community/Qwen2.5-0.5B-Instruct',
  'onnx-community/Qwen3-0.6B-ONNX',
  'onnx-community/Llama-3.2-1B-Instruct-ONNX',
]

/** Turns what people type or paste into a source: short names are those of the hub, except in `models/` beside this page. */
export function typedSource(typed: string): string {
  const bare = typed.trim().replace(/^https:\/\/huggingface\.co\//, 'hub:')
  if (/^hub:/.test(bare)) return bare.replace(/\/(tree\/main\/?)?$/, '')
  return /^\w[\w.-]*(\/[\w.-]+)?(@.+)?$/.test(bare) && !bare.startsWith('models/') ? `hub:${bare}` : bare
}

/** Takes a model's name on the hub, or its address, and names the host that the browser would contact. */
function ElsewhereForm({ choice }: { readonly choice: Choice }) {
  const id = useId()
  const [typed, setTyped] = useState('')
  const [hub, setHub] = useState(choice.places.hub ?? DEFAULT_HUB)
  const source = typedSource(typed)
  const host = /^https?:/i.test(source) ? hostText(source) : /^hub:|^$/.test(source) ? hostText(hub) : null
  const lookUp = async () => {
    try {
      const parsed = parseSource(source)
      if (parsed.kind === 'relative') {
        await requireBeside(parsed.path)
        return choice.use({ source: parsed.path })
      }
      if (parsed.kind === 'hub') {
        const address = hubAddress(hub.trim(), 'Change the address of the hub')
        choice.setHub(address === DEFAULT_HUB ? undefined : address)
      }
      void choice.lookUp(sourceName(parsed))
    } catch (error) {
      choice.fail(error)
    }
  }
  return (
    <form
      class="stack models-source"
      aria-labelledby={`${id}-title`}
      onSubmit={(event) => {
        event.preventDefault()
        void lookUp()
      }}
    >
      <h3 id={`${id}-title`}>A model from elsewhere</h3>
      <div class="field">
        <label for={id}>Name on the hub, or address of a folder</label>
        <div class="row models-ask">
          <input
            id={id}
            type="text"
            inputMode="url"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="owner/name@revision, or http://192.168.0.10:8000/smollm"
            aria-describedby={`${id}-hint`}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <Button type="submit" disabled={source === ''}>
            Look it up
          </Button>
        </div>
        <p class="hint" id={`${id}-hint`}>
          {host === null ? (
            'A folder beside this page.'
          ) : (
            <>
              This asks <strong>{host}</strong> for the list of files and for the model’s description, a few
              kB. Nothing else is downloaded before you have seen the size. (A server of your own has to allow
              that other pages read its files: CORS.)
            </>
          )}
        </p>
      </div>
      <p class="hint" id={`${id}-suggestions`}>
        Suggestions, the smallest first. Choosing one only fills in the name:
      </p>
      <ul class="row" aria-labelledby={`${id}-suggestions`}>
        {SUGGESTIONS.map((name) => (
          <li key={name}>
            <button type="button" class="pick" onClick={() => setTyped(name)}>
              {name}
            </button>
          </li>
        ))}
      </ul>
      <details>
        <summary>Another hub</summary>
        <label class="field">
          <span class="label">Address of the hub</span>
          <input
            type="text"
            inputMode="url"
            autocomplete="off"
            value={hub}
            onInput={(event) => setHub(event.currentTarget.value)}
          />
          <span class="hint">
            A mirror, or a server in your classroom that has a copy. Usually {DEFAULT_HUB}.
          </span>
        </label>
      </details>
    </form>
  )
}

function hostText(address: string): string {
  try {
    return new URL(address).host || '…'
  } catch {
    return '…'
  }
}
