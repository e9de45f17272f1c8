/**
 * Checks that the recording in git is a run of the current code, as far as possible without running it
 * (tests/e2e/recording.test.ts runs it).
 */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { RECORDED_RUN, readRecording, recordingText, untimed } from '../../src/runs/recording'
import { verdictOf } from '../../src/runs/reproduction'
import { readLink } from '../../src/runs/share_link'

const text = readFileSync('recordings/halves.jsonl', 'utf8')
const lines = text.split('\n')

test('it is the complete run of npm run record, with its digest', () => {
  const { command, config, digest, events } = readRecording(text)
  expect(command).toBe('npm run record')
  expect(config).toEqual(RECORDED_RUN)
  const steps = events.filter((event) => event.type === 'step')
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: RECORDED_RUN.steps }, (_, i) => i + 1))
  expect(steps.at(-1)?.digest).toBe(digest)
})

test('its link leads to that run with the current presets, and its steps reproduce it', () => {
  const { link, config, digest, events } = readRecording(text)
  const shared = readLink(link)?.shared
  expect(shared?.config).toEqual(config)
  expect(shared?.drifted).toBe(false)
  expect(shared?.models.map((fingerprint) => fingerprint?.print)).toEqual([
    expect.stringMatching(/^[0-9a-f]{8}$/),
    expect.stringMatching(/^[0-9a-f]{8}$/),
  ])
  expect(shared?.result?.digest).toBe(digest)
  const steps = events.filter((event) => event.type === 'step')
  expect(shared?.result && verdictOf(shared.result, steps)).toEqual({ kind: 'reproduced', steps: 20 })
})

test('it shows peers that are right together first, then alone, and no timings of the machine', () => {
  const { events } = readRecording(text)
  const evals = events.filter((event) => event.type === 'eval')
  // Each peer knows half of every question, and a discussion joins the halves.
  expect(evals[0]).toMatchObject({
    solo: { dee: 0, eli: 0 },
    readings: { dee: { lose: 1, bags: 0 }, eli: { lose: 0, bags: 1 } },
  })
  for (const peer of ['dee', 'eli']) {
    expect(evals[0].idea3?.[peer]).toBeGreaterThan(0.75)
    expect(evals.at(-1)?.solo[peer]).toBeGreaterThan(0.8)
  }
  expect(evals.map(({ step }) => step)).toEqual(Array.from({ length: 11 }, (_, i) => 2 * i))
  const [first] = events.filter((event) => event.type === 'exchange')
  const [share, , fuse] = first.exchange.peers.dee
  expect([share.reward.correct, fuse.reward.correct]).toEqual([false, true])
  expect(events.map(untimed)).toEqual(events)
  expect(text).not.toMatch(/step_time|ilr\/seconds/)
})

test('it is small, and reads as written', () => {
  expect(gzipSync(text).length).toBeLessThan(60_000)
  expect(text.length).toBeLessThan(1_000_000)
  expect(recordingText(readRecording(text))).toBe(text)
})

test.each([
  ['no head', lines.slice(1).join('\n'), /recording line 1/],
  ['a last step that is missing', `${lines.slice(0, -3).join('\n')}\n`, /19 steps/],
  [
    'another digest than its last step has',
    text.replace(/"digest":"[0-9a-f]{64}"/, `"digest":"${'0'.repeat(64)}"`),
    /digest of step 20/,
  ],
  ['a setting out of range', text.replace('"steps":20', '"steps":-1'), /steps/],
  ['nothing', '', /a head and events/],
])('a recording with %s is refused', (_, broken, said) => {
  expect(() => readRecording(broken)).toThrow(said)
})
