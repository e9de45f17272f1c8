import { useEffect, useRef, useState } from 'preact/hooks'
import type { Recording } from '../../runs/recording'
import { wantsStillness } from '../document'
import type { Engine, SavedRuns } from '../engine'
import type { ExchangeView } from '../exchange/exchange_view'
import type { ExchangeEvent, ViewState } from '../state'
import { FRAMES, follow, Playback, type PlaybackView, RATES, type Speed } from './playback'

export interface Playing {
  readonly recording: Recording
  readonly playback: Playback
  readonly view: PlaybackView
}

/**
 * Plays the recording for first-time visitors: no kept run, and no link. It stands at its end where motion is unwanted,
 * or for a lesson, which then has numbers to speak of.
 * @param saved null until it is known
 * @param idle whether nothing else has come into view since the page was opened
 */
export function usePlayback(
  engine: Engine,
  saved: SavedRuns | null,
  idle: boolean,
  lesson: boolean,
  speed: Speed,
): Playing | null {
  // What a lesson spoke of stays in view when it is closed.
  const [taught, setTaught] = useState(lesson)
  if (lesson && !taught) setTaught(true)
  // Decided once: who deletes the last kept run does not come for the first time.
  const first = useRef<boolean | null>(null)
  if (first.current === null && saved !== null)
    first.current = location.hash === '' && saved.runs.length === 0 && saved.damaged.length === 0
  return useRecording(engine.recording, idle && (first.current === true || taught), speed, lesson)
}

/** @param still whether the recording stands at its end when it has come, as it does where motion is unwanted */
export function useRecording(
  open: Engine['recording'],
  wanted: boolean,
  speed: Speed,
  still = false,
): Playing | null {
  const [playing, setPlaying] = useState<Playing | null>(null)
  const stands = useRef(still)
  stands.current = still

  useEffect(() => {
    if (!wanted) return
    let current = true
    let leave = (): void => undefined
    open().then(
      (recording) => {
        if (!current) return
        const playback = new Playback(recording, FRAMES)
        const toEnd = stands.current || wantsStillness()
        leave = follow(playback, toEnd, (view) => setPlaying({ recording, playback, view }))
      },
      // The page does without.
      () => undefined,
    )
    return () => {
      current = false
      leave()
      setPlaying(null)
    }
  }, [open, wanted])
  useEffect(() => playing?.playback.setRate(RATES[speed]), [playing?.playback, speed])
  return wanted ? playing : null
}

/** Fetches the recorded run, which lies beside the page. */
export async function openRecording(): Promise<Recording> {
  const file = fetch(new URL('../../../recordings/halves.jsonl', import.meta.url))
  const { readRecording } = await import('../../runs/recording')
  return readRecording(await (await file).text())
}

/** Milliseconds that a discussion stays after its last word, so that it can be read. */
const HOLD = 5000

/**
 * Returns the discussion to show. At speed `read` one stays until it can be read; then the newest finished one is told from
 * its beginning, and the run does not wait. Otherwise, and for a run that stands still, it is the latest.
 */
export function useFeatured(run: ViewState, speed: Speed): ExchangeView | null {
  const active = speed === 'read' && run.status === 'running'
  /** `read` once it has been in view long enough. */
  const [featured, setFeatured] = useState<{ view: ExchangeView | null; read: boolean } | null>(null)
  const leave = useRef<() => void>(() => undefined)
  const newest = run.exchanges.at(-1) ?? null
  /** The newest discussion when the run continued: earlier ones are not played again. */
  const known = useRef(newest)

  const show = (event: ExchangeEvent, wasSeen: boolean) => {
    leave.current()
    const { config } = run
    if (config === null) return
    const playback = new Playback({ config, events: [event] }, FRAMES)
    playback.setRate(RATES[speed])
    let timer: ReturnType<typeof setTimeout> | undefined
    const end = follow(playback, wasSeen, ({ state, ended }) => {
      setFeatured({ view: state.exchange, read: false })
      if (ended) timer = setTimeout(() => setFeatured((now) => now && { ...now, read: true }), HOLD)
    })
    leave.current = () => {
      end()
      clearTimeout(timer)
    }
  }

  useEffect(() => {
    if (active) return
    leave.current()
    setFeatured(null)
    known.current = newest
  }, [active, newest])
  useEffect(() => {
    if (!active || (featured !== null && !featured.read)) return
    if (newest !== null && newest !== known.current) {
      known.current = newest
      // What was written live until now was seen from its beginning.
      show(newest, featured === null)
    } else if (featured !== null) {
      leave.current()
      setFeatured(null)
    }
  }, [active, newest, featured])
  useEffect(() => () => leave.current(), [])
  return active && featured !== null ? featured.view : run.exchange
}
