/** The recording in git is a run of today's code, as far as that can be told without running it (tests/e2e/recording.test.ts does). */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { RECORDED_RUN, readRecording, recordingText } from '../../src/runs/recording'
import { verdictOf } from '../../src/runs/reproduction'
import { readLink } from '../../src/runs/share_link'

const text = readFileSync('recordings/duet.jsonl', 'utf8')
const lines = text.split('\n')

test('it is of the run that npm run record runs, whole, with its digest', () => {
  const { command, config, digest, events } = readRecording(text)
  expect(command).toBe('npm run record')
  expect(config).toEqual(RECORDED_RUN)
  const steps = events.filter((event) => event.type === 'step')
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: RECORDED_RUN.steps }, (_, i) => i + 1))
  expect(steps.at(-1)?.digest).toBe(digest)
})

test('its link is to that run, of the presets of today, and is reproduced by its steps', () => {
  const { link, config, digest, events } = readRecording(text)
  const shared = readLink(link)?.shared
  expect(shared?.config).toEqual(config)
  expect(shared?.drifted).toBe(false)
  expect(shared?.models.map((stamp) => stamp?.print)).toEqual([
    expect.stringMatching(/^[0-9a-f]{8}$/),
    expect.stringMatching(/^[0-9a-f]{8}$/),
  ])
  expect(shared?.result?.digest).toBe(digest)
  const steps = events.filter((event) => event.type === 'step')
  expect(shared?.result && verdictOf(shared.result, steps)).toEqual({ kind: 'reproduced', steps: 12 })
})

test('it shows peers that get better, in ideas, analyses and final answers', () => {
  const { events } = readRecording(text)
  const evals = events.filter((event) => event.type === 'eval')
  const mean = ({ ada, bo }: Readonly<Record<string, number>>) => (ada + bo) / 2
  expect(mean(evals.at(-1)?.solo ?? {})).toBeGreaterThan(mean(evals[0].solo) + 0.1)
  const [first] = events.filter((event) => event.type === 'exchange')
  expect(first.exchange.peers.ada.map(({ stage }) => stage)).toEqual(['share', 'analyze', 'fuse'])
})

test('it is small, and reads as it was written', () => {
  expect(gzipSync(text).length).toBeLessThan(60_000)
  expect(text.length).toBeLessThan(1_000_000)
  expect(recordingText(readRecording(text))).toBe(text)
})

test.each([
  ['no head', lines.slice(1).join('\n'), /recording line 1/],
  ['a last step that is missing', `${lines.slice(0, -3).join('\n')}\n`, /11 steps/],
  [
    'another digest than its last step has',
    text.replace(/"digest":"[0-9a-f]{64}"/, `"digest":"${'0'.repeat(64)}"`),
    /digest of step 12/,
  ],
  ['a setting out of range', text.replace('"steps":12', '"steps":-1'), /steps/],
  ['nothing', '', /a head and events/],
])('a recording with %s is refused', (_, broken, said) => {
  expect(() => readRecording(broken)).toThrow(said)
})
