import type { ComponentChildren } from 'preact'
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks'
import { LESSON_PAGES, type Lesson, PANELS } from '../../runs/lesson'
import { LONGEST_LINK, shareLink } from '../../runs/share_link'
import { Button, Dialog, Tick } from '../controls'
import { frameOf, neededFromElsewhere } from '../embed/embed_link'
import { counted } from '../format'
import { LESSON_TITLES } from '../lesson/lesson_page'
import { sourceLabel } from '../models/peer_choice'
import { useAnswer } from '../on_demand'
import type { Page, ShareRequest } from '../page'
import { PART_TITLES } from '../panels'
import { errorText } from '../problem_text'
import { ONLY_HERE, QrImage, usePageAddress } from './page_address'

export function ShareDialog({ page, request }: { readonly page: Page; readonly request: ShareRequest }) {
  const { engine, models, share } = page
  const { config } = request
  const [withResult, setWithResult] = useState(true)
  const [lesson, setLesson] = useState<Lesson>({ hide: [], autostart: false, page: null })
  const { hide } = lesson
  const change = (changed: Partial<Lesson>) => setLesson({ ...lesson, ...changed })
  // A long link takes a fraction of a second to draw.
  const [asCode, setAsCode] = useState(false)
  // A model that cannot be read has no fingerprint; the link is made without it.
  const unknown = () => config.peers.map(() => null)
  const fingerprints = useAnswer(() => engine.fingerprints(config.peers, models.places).catch(unknown), [])

  const result = withResult ? request.result : null
  const { address, onlyHere } = usePageAddress()
  const made = useMemo(() => {
    if (fingerprints === null) return null
    try {
      const shared = { config, models: fingerprints, result }
      return {
        link: shareLink(address, shared, lesson),
        frame: neededFromElsewhere(config) === null ? frameOf(address, shareLink('', shared)) : null,
      }
    } catch (error) {
      return { problem: errorText(error) }
    }
  }, [address, config, fingerprints, result, lesson])
  const folders = config.peers.filter(({ source }) => source.startsWith('folder:'))

  return (
    <Dialog kind="share" title="Share this run" onClose={() => share(null)}>
      <p>
        People who open this link see what the run does and what it would download before anything starts. All
        of it is in the link: nothing is uploaded.
      </p>
      {request.recorded ? (
        <p>
          This is the recorded run that you are watching. To share a run of your own, press “Let them learn”
          first.
        </p>
      ) : null}
      {made?.problem !== undefined ? (
        <p class="notice notice-problem" role="alert">
          {made.problem}
        </p>
      ) : (
        <>
          <CopyField label="Link" text={made?.link ?? ''}>
            {made?.link?.length ?? 0} of {LONGEST_LINK} characters.
          </CopyField>
          {onlyHere ? (
            <details>
              <summary>{ONLY_HERE}</summary>
              <p class="hint">
                Others in your network can open it if this page was started with{' '}
                <code>npm start -- --lan</code>.
              </p>
            </details>
          ) : null}
          <details onToggle={({ currentTarget }) => setAsCode(currentTarget.open)}>
            <summary>As a QR code</summary>
            {asCode && made !== null ? <QrImage link={made.link} /> : null}
          </details>
        </>
      )}
      {request.result === null ? (
        <p class="hint">
          No run with these settings has made a step here, so the link has no result. Let them learn and share
          it then: others can check that theirs comes out the same.
        </p>
      ) : (
        <Tick checked={withResult} onChange={setWithResult}>
          With its result: digests of {counted(request.result.steps, 'step')}
          {request.result.solo === null ? '' : ' and how well the peers do alone'}, so that others can check
          that theirs comes out the same
        </Tick>
      )}
      {folders.map(({ id: peer, source }) => (
        <p key={peer} class="hint hint-strong">
          {peer} is a folder on this computer, “{sourceLabel(source).name}”: others need that folder too.
        </p>
      ))}
      <details>
        <summary>For a page of your own</summary>
        {made?.frame === null ? (
          <p class="hint">
            This run needs more than comes with this page, so it cannot run in a frame of another page. Share
            its link.
          </p>
        ) : (
          <CopyField label="HTML of a frame" text={made?.frame ?? ''}>
            It shows the discussion and the accuracy alone, and keeps nothing.
          </CopyField>
        )}
      </details>
      <details>
        <summary>For a lesson</summary>
        <fieldset class="columns share-hide">
          <legend>Hide from the page</legend>
          {PANELS.map((panel) => (
            <Tick
              key={panel}
              checked={hide.includes(panel)}
              onChange={(on) =>
                change({ hide: PANELS.filter((one) => (one === panel ? on : hide.includes(one))) })
              }
            >
              {PART_TITLES[panel]}
            </Tick>
          ))}
        </fieldset>
        <Tick checked={lesson.autostart} onChange={(autostart) => change({ autostart })}>
          Start by itself, where nothing has to be downloaded or agreed to
        </Tick>
        <Tick checked={lesson.page !== null} onChange={(on) => change({ page: on ? 1 : null })}>
          Open the guided lesson
        </Tick>
        {lesson.page === null ? null : (
          <label>
            at page
            <select
              value={lesson.page}
              onChange={(event) => change({ page: Number(event.currentTarget.value) })}
            >
              {LESSON_PAGES.map((name, i) => (
                <option key={name} value={i + 1}>
                  {i + 1}: {LESSON_TITLES[name]}
                </option>
              ))}
            </select>
          </label>
        )}
      </details>
    </Dialog>
  )
}

function CopyField({ label, text, children }: { label: string; text: string; children: ComponentChildren }) {
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [said, setSaid] = useState('')
  useEffect(() => setSaid(''), [text])
  const copy = async () => {
    field.current?.select()
    try {
      await navigator.clipboard.writeText(text)
      setSaid('Copied.')
    } catch {
      // A page over plain http has no clipboard.
      setSaid('Selected: press Ctrl+C, or ⌘C, to copy it.')
    }
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} ref={field} readOnly rows={4} value={text} />
      <div class="row">
        <Button primary disabled={text === ''} onClick={() => void copy()}>
          Copy
        </Button>
        <p class="hint">
          {children} <span role="status">{said}</span>
        </p>
      </div>
    </div>
  )
}
