import { useEffect, useRef, useState } from 'preact/hooks'
import { bytesText, type DownloadPlan, folderOfDrop, type PickedFolder, remoteSource } from '../../hub'
import { listedOutline } from '../../hub/outline'
import type { ModelPlaces } from '../../hub/places'
import '../styles/models.css'
import type { RunConfig } from '../../runs/config'
import { Dialog } from '../controls'
import { DownloadView, type PlannedRun } from './download_view'
import { type ModelChoice, modelChoice, openLibrary, withFolder, withModel } from './library'
import { isElsewhere, type PeerChoice, sourceLabel } from './peer_choice'
import { estimateOf } from './run_estimate'
import { SourcesView } from './sources_view'
import { type Download, type Phase, useDownload } from './use_download'

/** What the dialog is open for. */
export interface ModelRequest {
  readonly peer: number
  readonly peers: readonly PeerChoice[]
  /** A run was to start, and the peer's model is not here. */
  readonly missing: boolean
}

interface Props {
  readonly request: ModelRequest
  /** Of the preset, and of others with its questions. */
  readonly offered: readonly PeerChoice[]
  readonly places: ModelPlaces
  /** The run with these peers; null where the other settings make none. */
  readonly runWith: (peers: readonly PeerChoice[]) => RunConfig | null
  readonly onPlaces: (places: ModelPlaces) => void
  readonly onPeers: (peers: readonly PeerChoice[]) => void
  readonly onClose: () => void
}

/** Chooses a peer's model, and brings it where it is not here. */
export function ModelDialog(props: Props) {
  const { request, offered, places, runWith, onPlaces, onPeers, onClose } = props
  const { peers, peer, missing } = request
  const { id, source: current } = peers[peer]
  const dialog = useRef<HTMLDialogElement>(null)
  const [dropping, setDropping] = useState(false)
  // What a field has changed holds for the look-up that it begins.
  const latest = useRef(places)
  const changePlaces = (changed: ModelPlaces) => {
    latest.current = changed
    onPlaces(changed)
  }
  const download = useDownload(latest, missing && !current.startsWith('folder:') ? peers[peer] : null)
  const { phase } = download

  const changed = (model: ModelChoice, forAll: boolean) => {
    const whose = forAll ? peers.map((_, index) => index) : [peer]
    return whose.reduce((now, index) => withModel(now, index, model, offered), peers)
  }
  const use = (model: ModelChoice, forAll = false) => {
    onPeers(changed(model, forAll))
    dialog.current?.close()
  }
  const estimate = async ({ source, dtype, listing }: DownloadPlan): Promise<PlannedRun | null> => {
    const config = runWith(changed(modelChoice(source, dtype), false))
    const remote = remoteSource(source)
    if (config === null || remote === null) return null
    const { hub, store } = await openLibrary(latest.current)
    const outline = await listedOutline(remote, listing, store, hub)
    const more = outline === null ? {} : { [config.peers[peer].id]: outline }
    return { config, estimate: await estimateOf(config, latest.current, more) }
  }
  const useFolder = async (picking: Promise<PickedFolder | null>) => {
    try {
      const folder = await picking
      if (folder === null) return
      const found = withFolder(places, folder)
      changePlaces(found.places)
      use(found.model)
    } catch (error) {
      download.fail(error)
    }
  }

  return (
    <Dialog
      ref={dialog}
      kind="models"
      title={`Model of ${id}`}
      data-dropping={dropping}
      onClose={onClose}
      onDragOver={(event) => {
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault()
        setDropping(false)
        if (event.dataTransfer) void useFolder(folderOfDrop(event.dataTransfer))
      }}
    >
      {missing && phase.kind === 'choose' ? <Missing id={id} source={current} /> : null}
      {download.error === null ? null : (
        <p class="notice notice-problem" role="alert">
          {download.error}
        </p>
      )}
      {phase.kind === 'choose' ? (
        <SourcesView
          peer={id}
          current={current}
          offered={offered}
          places={places}
          download={download}
          onHub={(hub) => changePlaces({ ...places, hub })}
          onUse={(source) => use({ source })}
          onFolder={(picking) => void useFolder(picking)}
        />
      ) : phase.kind === 'opening' ? null : (
        <DownloadView
          peer={id}
          peers={peers.length}
          download={download}
          phase={phase}
          estimate={estimate}
          onUse={use}
        />
      )}
      <Announcer text={spoken(phase, download)} />
    </Dialog>
  )
}

/** Why the dialog opened by itself. */
function Missing({ id, source }: { id: string; source: string }) {
  const { name } = sourceLabel(source)
  return (
    <p class="notice">
      {isElsewhere(source) && source.startsWith('folder:')
        ? `This run wants the folder “${name}” for ${id}. A page forgets folders when it is closed: choose it again below, or another model.`
        : `This run wants ${name} for ${id}, which is not on this computer yet.`}
    </p>
  )
}

function spoken(phase: Phase, { error }: Download): string {
  switch (phase.kind) {
    case 'looking':
      return `Asking ${phase.host}.`
    case 'plan':
      if (phase.plan.bytes === 0) return 'The whole model is here.'
      return error === null ? `${bytesText(phase.plan.bytes)} to download.` : ''
    case 'downloading': {
      const { modelBytes, modelTotal } = phase.progress ?? { modelBytes: 0, modelTotal: phase.plan.total }
      return `${Math.floor((100 * modelBytes) / modelTotal)} percent of ${bytesText(modelTotal)} are here.`
    }
    default:
      return ''
  }
}

/** A text that follows sooner would interrupt the screen reader. */
const PAUSE_MILLISECONDS = 5000

/** Tells screen readers the newest text, at most once every few seconds. */
function Announcer({ text }: { text: string }) {
  const [told, setTold] = useState('')
  const last = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    const wait = Math.max(0, last.current + PAUSE_MILLISECONDS - performance.now())
    const timer = setTimeout(() => {
      if (text !== '') last.current = performance.now()
      setTold(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {told}
    </div>
  )
}
