import { useId, useState } from 'preact/hooks'
import { DEFAULT_HUB, hubAddress, parseSource, sourceName } from '../../hub'
import { Button } from '../controls'
import { requireBeside } from './run_estimate'
import type { Choice } from './use_choice'

/** Known to be laid out as this page needs it. Whether one fits a device is seen by its size. */
const SUGGESTIONS = [
  'HuggingFaceTB/SmolLM2-135M-Instruct',
  'onnx-community/Qwen2.5-0.5B-Instruct',
  'onnx-community/Qwen3-0.6B-ONNX',
  'onnx-community/Llama-3.2-1B-Instruct-ONNX',
]

/** What people type or paste for a model, as a source: short names are those of the hub, except in `models/` beside this page. */
export function typedSource(typed: string): string {
  const bare = typed.trim().replace(/^https:\/\/huggingface\.co\//, 'hub:')
  if (/^hub:/.test(bare)) return bare.replace(/\/(tree\/main\/?)?$/, '')
  return /^\w[\w.-]*(\/[\w.-]+)?(@.+)?$/.test(bare) && !bare.startsWith('models/') ? `hub:${bare}` : bare
}

/** A model by its name on the hub, or by its address. A line says who is asked. */
export function ElsewhereForm({ choice }: { readonly choice: Choice }) {
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
