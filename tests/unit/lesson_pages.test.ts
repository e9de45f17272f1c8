import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Facts,
  factsAt,
  factsOf,
  gapsOf,
  LESSON_RUN,
  lossesOf,
  tellingGroups,
} from '../../src/app/lesson/facts'
import { firstCells, LESSON_TITLES } from '../../src/app/lesson/lesson_page'
import { PAGES, STUDIED } from '../../src/app/lesson/pages'
import { initialState, reduce } from '../../src/app/state'
import { ROOT } from '../../src/cli/site/site'
import type { RolloutGroup } from '../../src/ilr/events'
import { LESSON_PAGES } from '../../src/runs/lesson'
import { readRecording } from '../../src/runs/recording'
import { readLink } from '../../src/runs/share_link'

const recording = readRecording(readFileSync(join(ROOT, 'recordings/halves.jsonl'), 'utf8'))

function recordedAt(step: number | 'end'): Facts {
  const facts = factsAt(step, recording, true)
  if (facts === null) throw new Error(`no facts at step ${step}`)
  return facts
}

/**
 * Right and half right answers of dee, wrong ones of eli; `lesson_by_hand.test.ts` has the hand-worked
 * values.
 */
const ADA: RolloutGroup = {
  rewards: [1, 0.25, 0.25, 0.25],
  correct: [true, false, false, false],
  calibrated: [1.75, 0.1, 0.1, 0.1],
  advantages: [1.5, -0.5, -0.5, -0.5],
}
const BO: RolloutGroup = {
  rewards: [0.1, 0.1, 0.1, 0.4],
  correct: [false, false, false, false],
  calibrated: [0.1, 0.1, 0.1, 0.4],
  advantages: [-0.5, -0.5, -0.5, 1.5],
}

/** Returns the facts with only these groups, in stage share. */
function withGroups(facts: Facts, groups: Readonly<Partial<Record<string, RolloutGroup>>>): Facts {
  const peers = Object.fromEntries(
    Object.entries(facts.exchange.peers).map(([peer, stages]) => {
      const { share } = stages
      const none = Object.fromEntries(
        Object.entries(stages).map(([stage, view]) => [stage, { ...view, group: undefined }]),
      )
      return [peer, share === undefined ? none : { ...none, share: { ...share, group: groups[peer] } }]
    }),
  )
  return { ...facts, exchange: { ...facts.exchange, peers } }
}

const TWO = withGroups(recordedAt(2), { dee: ADA, eli: BO })
const NONE = withGroups(recordedAt(2), {})

describe('the lesson’s facts about a run', () => {
  test('are empty before a step is finished, and stay while the next one is written', () => {
    expect(factsOf(initialState, false)).toBeNull()
    expect(factsAt(1, { ...recording, events: recording.events.slice(0, 2) }, true)).toBeNull()
    const { config, events } = recording
    const opened = reduce(initialState, { type: 'opened', config, history: events })
    const question = { ...recordedAt(1).exchange.question, id: 'next' }
    const writing = reduce(opened, { type: 'question', step: 21, question })
    expect(writing.exchange?.step).toBe(21)
    expect(factsOf(writing, true)).toEqual(recordedAt('end'))
  })
  test('follow the pinned step', () => {
    const { config, events } = recording
    const opened = reduce(initialState, { type: 'opened', config, history: events })
    const { step, exchange } = recordedAt(3)
    expect(factsOf(opened, true, { step, exchange })).toMatchObject({ step: { step: 3 }, now: { step: 20 } })
  })
  test('are those known at the end of a step', () => {
    const { step, exchange, now, before } = recordedAt(2)
    // The test after step 2 is reported after it.
    expect([step.step, exchange.step, before.step, now.step]).toEqual([2, 2, 0, 0])
    expect(recordedAt('end')).toMatchObject({ step: { step: 20 }, now: { step: 20 }, recorded: true })
    expect(factsAt(21, recording, true)).toBeNull()
  })
  test('name the peer that lacked what another had, and what was lost', () => {
    // Peers that are each right in half of all questions; ada loses much of adding three, bo a little of
    // three skills.
    const before = {
      ada: { addsub: 1, cmp: 0, muladd: 1, three: 1, times: 0 },
      bo: { addsub: 0, cmp: 1, muladd: 1, three: 0, times: 1 },
    }
    const after = {
      ada: { addsub: 1, cmp: 0.9, muladd: 1, three: 0.55, times: 0.7 },
      bo: { addsub: 0.9, cmp: 0.95, muladd: 0.95, three: 0.6, times: 0.95 },
    }
    const end = recordedAt('end')
    const peers = ['ada', 'bo']
    const facts = {
      ...end,
      peers,
      before: { ...end.before, skills: before },
      now: { ...end.now, skills: after },
    }
    expect(gapsOf(facts)).toEqual([
      { skill: 'cmp', lacking: 'ada', having: 'bo' },
      { skill: 'times', lacking: 'ada', having: 'bo' },
      { skill: 'addsub', lacking: 'bo', having: 'ada' },
      { skill: 'three', lacking: 'bo', having: 'ada' },
    ])
    const lost = lossesOf(facts).map(({ peer, skill, loss }) => [peer, skill, loss.toFixed(2)])
    expect(lost).toEqual([
      ['ada', 'three', '0.45'],
      ['bo', 'cmp', '0.05'],
      ['bo', 'muladd', '0.05'],
      ['bo', 'times', '0.05'],
    ])
    expect(PAGES.discussion.numbers(facts)).toBe(
      'Before learning, ada had 0 % of “fewer than” questions right alone, bo 100 %.',
    )
  })
  test('use the first group whose rewards differ', () => {
    const even = { ...ADA, rewards: [1, 1, 1, 1] }
    expect(tellingGroups(NONE)).toEqual([])
    expect(tellingGroups(withGroups(recordedAt(2), { dee: even, eli: BO }))[0]?.peer).toBe('eli')
    expect(tellingGroups(withGroups(recordedAt(2), { dee: even, eli: even }))[0]?.peer).toBe('dee')
  })
})

describe('a page', () => {
  const many = withGroups(recordedAt('end'), { dee: { ...ADA, rewards: Array(8).fill(0.25) }, eli: BO })
  test.each(LESSON_PAGES)('%s has at most 120 words, with any numbers', (name) => {
    const { idea, numbers, task, question } = PAGES[name]
    for (const facts of [recordedAt(1), TWO, recordedAt('end'), many]) {
      const words = [idea, numbers(facts), task.text, question].join(' ').split(/\s+/)
      expect(words.length).toBeLessThanOrEqual(120)
    }
  })
  test('shows the numbers of the step', () => {
    const told = (name: (typeof LESSON_PAGES)[number], facts = TWO) => PAGES[name].numbers(facts)
    // Step 2 of the recording: dee read “bags of” as plus.
    expect(told('policy')).toMatch(
      /^In step 2, all got one question, each alone: dee wrote “\d+.+ → \d+” and eli wrote “\d+.+ → \d+”\. The right answer is \d+\.$/,
    )
    expect(told('rollouts')).toContain('8 questions a step, 8 tries each. That makes 64 answers')
    expect(told('reward')).toBe('Here dee was wrong and earned 0.1 × 1.00 + 0.3 × 0.33 = 0.20.')
    expect(told('advantage')).toBe(
      'Rewards of dee’s group in stage share, step 2: 1.00, 0.25, 0.25, 0.25. Their spread is 0.38.',
    )
    // (1 − 0.175) ÷ 0.3 is beyond the limit of 1.
    expect(told('calibration')).toBe('Here dee’s first try earned 1.00; beside eli it gains 1.00.')
    expect(told('discussion')).toBe(
      'Before learning, dee was right in 0 % alone, in 100 % after a discussion.',
    )
    expect(told('learned')).toBe('Before learning: dee 0 %, eli 0 %.')
    expect(told('learned', recordedAt('end'))).toBe('Up to step 20: dee 0 % → 98 %, eli 0 % → 88 %.')
  })
  test('the first begins with the visible page, and derives its terms from there', () => {
    expect(PAGES[LESSON_PAGES[0]].numbersFirst).toBe(true)
    expect(LESSON_TITLES[LESSON_PAGES[0]]).not.toMatch(/policy|model/)
  })
  test.each(LESSON_PAGES)('%s shows no mark meant only for the checker', (name) => {
    const { numbers, sheet } = PAGES[name]
    expect(JSON.stringify([numbers(TWO), sheet.filled(TWO)])).not.toContain('#')
  })
  test('works without groups where a run has none', () => {
    const { advantage, calibration, rollouts } = PAGES
    // In step 2 of the recording all first answers had an advantage of 0; in step 1 they had not.
    expect(advantage.numbers(NONE)).toBe('')
    expect(advantage.numbers(withGroups(recordedAt(1), {}))).toBe(
      'In step 1, the first try of dee in stage analyze earned 1.00: in its group, an advantage of +0.50.',
    )
    expect(calibration.numbers(NONE)).toBe('')
    for (const { sheet } of [advantage, calibration, rollouts]) expect(sheet.filled(NONE)).toBeNull()
  })
  test('says where there is no calibration', () => {
    const alone = { ...TWO, config: { ...TWO.config, method: 'solo' as const } }
    expect(PAGES.calibration.numbers(alone)).toBe('In this run calibration is off.')
    expect(PAGES.calibration.sheet.filled(alone)).toBeNull()
  })
  test('has the hand-worked table, and the settings of the run', () => {
    expect(PAGES.advantage.sheet.filled(TWO)?.rows.slice(0, 2)).toEqual([
      ['1', '1.00', '+0.56', '+1.50', '+1.50'],
      ['2', '0.25', '−0.19', '−0.50', '−0.50'],
    ])
  })
  test.each(LESSON_PAGES)('%s: the printed table and the filled in one agree', (name) => {
    const { sheet } = PAGES[name]
    const config = { ...TWO.config, numGenerations: 4 }
    const filled = sheet.filled({ ...TWO, config })
    expect(filled?.rows.map(([first]) => first)).toEqual(firstCells(sheet, config))
    for (const row of filled?.rows ?? []) expect(row).toHaveLength(sheet.columns.length)
  })
  test('on limits gives the study’s findings', () => {
    const study = readFileSync(join(ROOT, 'docs/study.md'), 'utf8')
    const [duet, halves] = study.split('## Halves: ')
    const end = (part: string, arm: string) =>
      Number(part.match(`\\*\\*${arm}\\*\\* \\| 5 \\| ([\\d.]+) %`)?.[1])
    expect(Math.round(end(duet, 'ilr'))).toBe(STUDIED.duetIlr)
    expect(Math.round(end(duet, 'share-only'))).toBe(STUDIED.duetShareOnly)
    expect(end(halves, 'ilr')).toBe(STUDIED.halvesIlr)
    expect(Math.round(end(halves, 'share-only'))).toBe(STUDIED.halvesShareOnly)
  })
})

test('the lesson’s groups can be worked out by hand', () => {
  expect(LESSON_RUN.numGenerations).toBe(4)
  expect(firstCells(PAGES.advantage.sheet, LESSON_RUN)).toEqual(['1', '2', '3', '4'])
})

test('the classroom guide’s links open the lesson, some with a run', () => {
  const guide = readFileSync(join(ROOT, 'docs/classroom.md'), 'utf8')
  const links = [...guide.matchAll(/`(#[^`]*)`/g)].map(([, link]) => readLink(link))
  expect(links.map((link) => link?.page)).toEqual([1, 1, 1, 1, 5])
  const runs = links.flatMap((link) => link?.shared ?? [])
  expect(runs.map(({ config, drifted }) => [config, drifted])).toEqual([
    [LESSON_RUN, false],
    [{ ...LESSON_RUN, seed: 8 }, false],
  ])
})
