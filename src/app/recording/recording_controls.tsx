import type { Playing } from './use_playback'

/** Says that a recording is in view, and of what; stops it, and leads to the same run on this device. */
export function RecordingControls({
  recorded: { recording, playback, view },
}: {
  readonly recorded: Playing
}) {
  const { config, link } = recording
  const { state, playing, ended } = view
  return (
    <>
      <p class="run-headline">{`Recorded run: step ${state.step} of ${config.steps}`}</p>
      <p class="run-detail">
        <button
          type="button"
          class="text-button"
          aria-label={`${playing ? 'Pause' : 'Play'} the recording`}
          onClick={() => (playing ? playback.pause() : playback.play())}
        >
          {playing ? 'Pause' : 'Play'}
        </button>
        <button
          type="button"
          class="text-button"
          aria-label="Skip to the end of the recording"
          disabled={ended}
          onClick={() => playback.skip()}
        >
          Skip
        </button>
        <a href={link}>Run it here and check it</a>
      </p>
    </>
  )
}
