import { useEffect, useRef, useState } from 'preact/hooks'
import type { Engine, SavedRuns } from '../engine'
import { Playback, type PlaybackClock, type PlaybackView } from './playback'

/** A hidden page has no frames, and its recording waits. */
const CLOCK: PlaybackClock = {
  now: () => performance.now(),
  nextFrame: (callback) => void requestAnimationFrame(callback),
}

/**
 * The recording that plays for who comes for the first time: with no run kept in this browser, and not by a link. Where motion is
 * unwanted it stands at its end; so does it for a lesson, which then has numbers to speak of. Null where there is none, or none any more.
 * @param saved null until it is known
 * @param idle whether nothing else has come into view since the page was opened
 * @param lesson whether a lesson is open
 */
export function usePlayback(
  engine: Engine,
  saved: SavedRuns | null,
  idle: boolean,
  lesson: boolean,
): { readonly playback: Playback; readonly view: PlaybackView } | null {
  // What a lesson spoke of stays in view when it is closed.
  const [taught, setTaught] = useState(lesson)
  if (lesson && !taught) setTaught(true)
  // Decided once: who deletes the last kept run does not come for the first time.
  const first = useRef<boolean | null>(null)
  if (first.current === null && saved !== null)
    first.current = location.hash === '' && saved.runs.length === 0 && saved.damaged.length === 0
  const wanted = idle && (first.current === true || taught)
  const still = useRef(false)
  still.current = lesson || matchMedia('(prefers-reduced-motion: reduce)').matches
  const [playing, setPlaying] = useState<{ playback: Playback; view: PlaybackView } | null>(null)

  useEffect(() => {
    if (!wanted) return
    let current = true
    let leave = (): void => undefined
    engine.recording().then(
      (recording) => {
        if (!current) return
        const playback = new Playback(recording, CLOCK)
        const unsubscribe = playback.subscribe((view) => setPlaying({ playback, view }))
        leave = () => {
          unsubscribe()
          playback.pause()
        }
        if (still.current) playback.skip()
        else playback.play()
      },
      // The page does without.
      () => undefined,
    )
    return () => {
      current = false
      leave()
      setPlaying(null)
    }
  }, [engine, wanted])
  return wanted ? playing : null
}
