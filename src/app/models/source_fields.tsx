import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { DEFAULT_HUB, hubAddress, parseSource, sourceName } from '../../hub'
import type { ModelPlaces } from '../../hub/places'
import { Button } from '../controls'
import { requireBeside } from './run_estimate'
import type { Download } from './use_download'

/** Known to be laid out as this page needs it. Whether one fits a device is seen by its size. */
const SUGGESTIONS = [
  'HuggingFaceTB/SmolLM2-135M-Instruct',
  'onnx-community/Qwen2.5-0.5B-Instruct',
  'onnx-community/Qwen3-0.6B-ONNX',
  'onnx-community/Llama-3.2-1B-Instruct-ONNX',
]

interface HubProps {
  readonly places: ModelPlaces
  readonly onHub: (hub: string | undefined) => void
  readonly download: Download
}

/** What people type or paste for a model of the hub, as a source. */
export function hubSource(typed: string): string {
  const bare = typed
    .trim()
    .replace(/^https:\/\/huggingface\.co\//, '')
    .replace(/^hub:/, '')
  return `hub:${bare.replace(/\/(tree\/main\/?)?$/, '')}`
}

/** A model of the hub, by its name there. The button's line says who is asked. */
export function HubField({ places, onHub, download }: HubProps) {
  const id = useId()
  const [typed, setTyped] = useState('')
  const [address, setAddress] = useState(places.hub ?? DEFAULT_HUB)
  const host = hostText(address)
  const lookUp = () => {
    try {
      const source = sourceName(parseSource(hubSource(typed)))
      const hub = hubAddress(address.trim(), 'Change the address of the hub')
      onHub(hub === DEFAULT_HUB ? undefined : hub)
      void download.lookUp(source)
    } catch (error) {
      download.fail(error)
    }
  }
  return (
    <AskForm
      title="A model of the hub"
      label="Name on the hub"
      placeholder="owner/name or owner/name@revision"
      inputMode="text"
      action="Look it up"
      typed={typed}
      onTyped={setTyped}
      onAsk={lookUp}
      hint={
        <>
          This asks <strong>{host}</strong> for the list of files and for the model’s description, which is a
          few kB. Nothing else is downloaded before you have seen the size.
        </>
      }
    >
      <p class="hint" id={`${id}-suggestions`}>
        Suggestions, the smallest first. Choosing one only fills in the name:
      </p>
      <ul class="row models-suggestions" aria-labelledby={`${id}-suggestions`}>
        {SUGGESTIONS.map((name) => (
          <li key={name}>
            <button type="button" onClick={() => setTyped(name)}>
              {name}
            </button>
          </li>
        ))}
      </ul>
      <details>
        <summary>Another hub</summary>
        <div class="field">
          <label for={`${id}-address`}>Address of the hub</label>
          <input
            id={`${id}-address`}
            type="text"
            inputMode="url"
            autocomplete="off"
            value={address}
            aria-describedby={`${id}-address-hint`}
            onInput={(event) => setAddress(event.currentTarget.value)}
          />
          <p class="hint" id={`${id}-address-hint`}>
            A mirror, or a server in your classroom that has a copy. Usually {DEFAULT_HUB}.
          </p>
        </div>
      </details>
    </AskForm>
  )
}

interface ServerProps {
  readonly onUse: (source: string) => void
  readonly download: Download
}

/** A folder that some server has: beside this page, in the classroom, anywhere. */
export function ServerField({ onUse, download }: ServerProps) {
  const [typed, setTyped] = useState('')
  const address = typed.trim()
  const beside = !/^https?:/i.test(address)
  const lookUp = async () => {
    try {
      const source = parseSource(address)
      if (source.kind !== 'relative') return void download.lookUp(sourceName(source))
      await requireBeside(source.path)
      onUse(source.path)
    } catch (error) {
      download.fail(error)
    }
  }
  return (
    <AskForm
      title="A folder on a server"
      label="Address of the folder"
      placeholder="http://192.168.0.10:8000/smollm"
      inputMode="url"
      action={beside && address !== '' ? 'Use' : 'Look it up'}
      typed={typed}
      onTyped={setTyped}
      onAsk={() => void lookUp()}
      hint={
        address === '' ? (
          'An address in your network, on the web, or a folder beside this page such as models/ada.'
        ) : beside ? (
          'A folder beside this page.'
        ) : (
          <>
            This asks <strong>{hostText(address)}</strong> which files there are. Its server has to allow
            other pages to read them (CORS).
          </>
        )
      }
    />
  )
}

interface AskProps {
  readonly title: string
  readonly label: string
  readonly placeholder: string
  readonly inputMode: 'text' | 'url'
  /** What the button says. */
  readonly action: string
  readonly typed: string
  readonly onTyped: (typed: string) => void
  readonly onAsk: () => void
  readonly hint: ComponentChildren
  readonly children?: ComponentChildren
}

/** A form for the name or address of a model. */
function AskForm(props: AskProps) {
  const { title, label, placeholder, inputMode, action, typed, onTyped, onAsk, hint, children } = props
  const id = useId()
  return (
    <form
      class="models-source"
      aria-labelledby={`${id}-title`}
      onSubmit={(event) => {
        event.preventDefault()
        onAsk()
      }}
    >
      <h3 id={`${id}-title`}>{title}</h3>
      <div class="field">
        <label for={id}>{label}</label>
        <div class="models-ask">
          <input
            id={id}
            type="text"
            inputMode={inputMode}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder={placeholder}
            aria-describedby={`${id}-hint`}
            value={typed}
            onInput={(event) => onTyped(event.currentTarget.value)}
          />
          <Button type="submit" disabled={typed.trim() === ''}>
            {action}
          </Button>
        </div>
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      </div>
      {children}
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
