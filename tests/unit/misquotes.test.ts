import { describe, expect, it } from 'vitest'
import { misquotedShare } from '../../src/ilr/step/rewards'
import type { Completion } from '../../src/model/peer'
import { misquotes } from '../../src/tasks/analysis'
import { mixed } from '../../src/tasks/mixed'
import type { Discussion, Task } from '../../src/tasks/task'
import { halves, wordProblems } from '../../src/tasks/word_problems'
import { digitTask } from './ilr_digits'
import { eventsOf, ofType, scriptedRun, tinyConfig } from './ilr_scripted'

const OWN = '29-9=20. 20+20=40. #### 40'
const SLIP = '29-9=14. 29+14=43. #### 43'

describe('an analysis of a slipped idea', () => {
  // What a shipped peer writes beside SLIP: its own result in the place of the stated one.
  it.each([
    ['quotes the slip', 'Theirs: 29-9=14 (20) wrong. Mine: 29-9=20 (20) right, 20+20=40 (40) wrong.', false],
    ['quotes what it computes', 'Theirs: 29-9=20 (20) right. Mine: 29-9=20 (20) right.', true],
    ['quotes the other idea', 'Theirs: 29-9=14 (20) wrong. Mine: 29-9=14 (20) wrong.', true],
    ['quotes other numbers', 'Theirs: 29-8=14 (21) wrong. Mine: .', true],
    ['quotes nothing', 'Theirs: . Mine: .', false],
  ])('%s', (_, looked, wanted) => {
    const text = `${looked} Verdict: theirs wrong, mine right.`
    expect(misquotes(text, [OWN, SLIP], 'compete')).toBe(wanted)
  })

  it('is not read without its form or in the other mode’s order', () => {
    expect(misquotes('Theirs is wrong.', [OWN, SLIP], 'compete')).toBeNull()
    const text = 'Theirs: 29-9=20 (20) right. Mine: . Verdict: theirs right, mine right.'
    expect(misquotes(text, [OWN, SLIP], 'cooperate')).toBeNull()
  })

  it('is asked about by the tasks whose analyses quote', () => {
    const [question] = halves.questions('train', [1, 2], 1)
    const discussion: Discussion = { question, mode: 'compete', own: OWN, others: [SLIP] }
    const text = 'Theirs: 29-9=20 (20) right. Mine: . Verdict: theirs right, mine right.'
    for (const task of [halves, wordProblems]) expect(task.misquotes?.(discussion, text)).toBe(true)
  })
  it('finds an answer that the idea does not have, in mixed, where only competing peers quote', () => {
    const [question] = mixed.questions('train', [1, 2], 1)
    const about = { question, own: '1+2=3. #### 3', others: ['2*2=4. #### 4'] }
    const analysis = (theirs: number) =>
      `1+2=3. #### 3. Theirs: ${theirs}-3=${theirs - 3} wrong. Mine: 3-3=0 right. Verdict: theirs wrong, mine right.`
    const misquoted = (theirs: number) => mixed.misquotes?.({ ...about, mode: 'compete' }, analysis(theirs))
    expect([misquoted(4), misquoted(5)]).toEqual([false, true])
    expect(mixed.misquotes?.({ ...about, mode: 'compete' }, 'no analysis')).toBeNull()
    expect(mixed.misquotes?.({ ...about, mode: 'cooperate' }, analysis(4))).toBeNull()
  })
})

describe('the share of misquoting analyses', () => {
  const discussion = { mode: 'compete', own: OWN, others: [SLIP] } as unknown as Discussion
  const written = (text: string) => ({ text }) as Completion
  const rows = [
    [written('misquotes'), written('unreadable')],
    [written('quotes'), written('quotes')],
  ]
  const task: Pick<Task, 'misquotes'> = {
    misquotes: (_, text) => (text === 'unreadable' ? null : text === 'misquotes'),
  }

  it('leaves out what cannot be read', () => {
    const discussions = rows.map((one) => one.map(() => discussion))
    expect(misquotedShare(task, discussions, rows)).toBeCloseTo(1 / 3, 12)
    expect(misquotedShare({}, discussions, rows)).toBeNaN()
  })

  it('is a metric of a step, and none where the task’s analyses quote nothing', async () => {
    const metrics = async (task: Task) => {
      const { run } = scriptedRun(tinyConfig({ steps: 1 }), {}, null, task)
      return ofType(await eventsOf(run), 'step')[0].metrics
    }
    const asked: Discussion[] = []
    const half = { ...digitTask, misquotes: (one: Discussion) => asked.push(one) % 2 === 0 }
    expect((await metrics(half))['ilr/misquoted']).toBe(0.5)
    expect(asked.length).toBeGreaterThan(0)
    expect(await metrics(digitTask)).not.toHaveProperty(['ilr/misquoted'])
  })
})
