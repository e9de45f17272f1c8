import { useEffect, useRef, useState } from 'preact/hooks'
import type { ExchangeView } from '../exchange/exchange_view'
import type { ExchangeEvent, ViewState } from '../state'
import { FRAMES, follow, Playback, RATES, type Speed } from './playback'

/** Milliseconds that a discussion stays after its last word, so that it can be read. */
const HOLD = 5000

/**
 * The discussion that is shown of a run: what is written now or, at speed `read`, one discussion until it can be read and then
 * the newest finished one, told from its beginning. The run does not wait for that. A run that does not go on shows its latest.
 */
export function useFeatured(run: ViewState, speed: Speed): ExchangeView | null {
  const active = speed === 'read' && run.status === 'running'
  /** `read` once it has been in view long enough. */
  const [featured, setFeatured] = useState<{ view: ExchangeView | null; read: boolean } | null>(null)
  const leave = useRef<() => void>(() => undefined)
  const newest = run.exchanges.at(-1) ?? null
  /** Those that were there when the run went on are not news. */
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
