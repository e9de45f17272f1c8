import { useEffect, useRef } from 'preact/hooks'
import { useRootMark } from '../use_root_mark'
import type { Playback, PlaybackView } from './playback'

interface Props {
  readonly playback: Playback
  readonly view: PlaybackView
}

/** Says that what is in view is a recording, of what, and how to check that; stays in sight, and covers a strip at the bottom only. */
export function PlaybackBar({ playback, view }: Props) {
  const { command, config, link } = playback.recording
  const { state, playing, ended } = view
  const bar = useRef<HTMLElement>(null)
  useRootMark('playback')
  useEffect(() => bringIdeasIntoView(bar.current), [])
  return (
    <section class="playback" aria-labelledby="playback-title" ref={bar}>
      <div class="playback-inner">
        <h2 id="playback-title">
          Recorded run<span class="playback-step">{`: step ${state.step} of ${config.steps}`}</span>
        </h2>
        <p class="hint">
          A real run of {config.peers.length} small models, made by <code>{command}</code>.{' '}
          <a href={link}>Run it here and check it</a>
        </p>
        <div class="playback-buttons">
          <button
            type="button"
            class="button"
            aria-label={`${playing ? 'Pause' : 'Play'} the recording`}
            onClick={() => (playing ? playback.pause() : playback.play())}
          >
            {playing ? 'Pause' : 'Play'}
          </button>
          <button
            type="button"
            class="button"
            aria-label="Skip to the end of the recording"
            disabled={ended}
            onClick={() => playback.skip()}
          >
            Skip
          </button>
        </div>
      </div>
    </section>
  )
}

/**
 * Where the first ideas are written out of sight, and the visitor has not begun to do anything, they come into view: with the question
 * before them where there is room.
 */
function bringIdeasIntoView(bar: HTMLElement | null): void {
  const ideas = document.querySelector('.stage-row')
  if (bar === null || ideas === null || scrollY > 0 || document.activeElement !== document.body) return
  if (ideas.getBoundingClientRect().bottom <= bar.getBoundingClientRect().top) return
  document.querySelector('.exchange')?.scrollIntoView()
  ideas.scrollIntoView({ block: 'nearest' })
}
