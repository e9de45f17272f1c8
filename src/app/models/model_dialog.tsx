import { useRef, useState } from 'preact/hooks'
import { bytesText, folderOfDrop } from '../../hub'
import '../styles/models.css'
import { Dialog } from '../controls'
import type { Page } from '../page'
import { DownloadView } from './download_view'
import { sourceLabel } from './peer_choice'
import { SourcesView } from './sources_view'
import { type Phase, useChoice } from './use_choice'
import type { ModelRequest } from './use_models'

export function ModelDialog({ page, request }: { readonly page: Page; readonly request: ModelRequest }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const choice = useChoice(page, request, () => dialog.current?.close())
  const [dropping, setDropping] = useState(false)
  const { id, current, phase, error } = choice
  return (
    <Dialog
      ref={dialog}
      kind="models"
      title={`Model of ${id}`}
      data-dropping={dropping}
      onClose={() => page.models.ask(null)}
      onDragOver={(event) => {
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault()
        setDropping(false)
        if (event.dataTransfer) void choice.takeFolder(folderOfDrop(event.dataTransfer))
      }}
    >
      {request.missing && phase?.kind === 'choose' ? <p class="notice">{missingText(id, current)}</p> : null}
      {error === null ? null : (
        <p class="notice notice-problem" role="alert">
          {error}
        </p>
      )}
      {phase === null ? null : phase.kind === 'choose' ? (
        <SourcesView choice={choice} />
      ) : (
        <DownloadView choice={choice} phase={phase} />
      )}
      <div class="visually-hidden" role="status">
        {phase === null ? '' : spoken(phase, error !== null)}
      </div>
    </Dialog>
  )
}

function missingText(id: string, source: string): string {
  const { name } = sourceLabel(source)
  return source.startsWith('folder:')
    ? `This run wants the folder “${name}” for ${id}. A page forgets folders when it is closed: choose it again below, or another model.`
    : `This run wants ${name} for ${id}, which is not on this computer yet.`
}

/** What screen readers are told: of a download, every tenth of it. */
function spoken(phase: Phase, failed: boolean): string {
  if (phase.kind === 'choose') return ''
  if (phase.kind === 'ask') return phase.busy ? `Asking ${phase.host}.` : ''
  const { bytes, total } = phase.plan
  if (phase.busy) {
    const tenths = Math.floor((10 * (phase.progress?.modelBytes ?? 0)) / total)
    return `${10 * tenths} percent of ${bytesText(total)} are here.`
  }
  if (bytes === 0) return 'The whole model is here.'
  return failed ? '' : `${bytesText(bytes)} to download.`
}
