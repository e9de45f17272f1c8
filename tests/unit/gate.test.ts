import { describe, expect, it } from 'vitest'
import type { GenerateRequest, Peer } from '../../src/model/peer'
import { duelDiscussions, measureGate, mergeDiscussions } from '../../src/pretrain/gate'
import { gateSection, withSection } from '../../src/pretrain/gate_table'
import { seedKey } from '../../src/random'
import { aucEstimate, shareOf } from '../../src/report/statistics'
import { mixed } from '../../src/tasks/mixed'
import type { Question } from '../../src/tasks/task'
import { halves } from '../../src/tasks/word_problems'
import { solvedByHand } from './tasks_by_hand'

const apples: Question = {
  id: 'q',
  text: 'Tom had 29 apples and lost 9. Mia has 3 bags of 8 apples. How many apples do they have together?',
  answer: '44',
  skill: 'lose-bags',
  level: 1,
  steps: ['29-9=20', '3*8=24', '20+24=44'],
}
const [noBags, noLoss] = ['29-9=20. 3+8=11. 20+11=31. #### 31', '29+9=38. 3*8=24. 38+24=62. #### 62']
const RIGHT = '29-9=20. 3*8=24. 20+24=44. #### 44'

/** Answers each prompt by a rule, without a model. */
function scripted(id: string, answer: (prompt: string) => string): Peer {
  const generate = async ({ samples }: GenerateRequest) =>
    samples.map(({ prompt }) => ({
      promptIds: [],
      ids: [1],
      logprobs: [-0.5],
      text: answer(prompt),
      truncated: false,
    }))
  return { id, generate } as unknown as Peer
}

describe('the gate’s questions', () => {
  it('are for merging where no idea is right but the ideas together have every part', () => {
    const about = (own: string, theirs: string) => mergeDiscussions([apples], [own], [theirs])
    expect(about(noBags, noLoss)).toEqual([{ question: apples, own: noBags, others: [noLoss] }])
    expect(about(noBags, noBags)).toEqual([])
    expect(about(RIGHT, noLoss)).toEqual([])
    expect(about('3*8=24. 20+24=45. #### 45', noBags)).toHaveLength(1)
  })

  it('are duels between a right idea and one with a single result off, carried on', () => {
    const questions = halves.questions('heldout', seedKey(4), 40)
    const duels = duelDiscussions(halves, questions, seedKey(1))
    expect(duels).toHaveLength(40)
    for (const [q, { question, own, others }] of duels.entries()) {
      const [right, wrong] = q % 2 === 0 ? [own, others[0]] : [others[0], own]
      expect(halves.reward(question, right).total).toBe(1)
      expect(halves.reward(question, wrong).correct).toBe(false)
      const off = [...wrong.matchAll(/(\d+[+\-*]\d+)=(\d+)/g)].filter(
        ([, left, result]) => Number(new Function(`return ${left}`)()) !== Number(result),
      )
      expect(off, wrong).toHaveLength(1)
    }
  })

  it('leave the questions for merging out of the duels where a task has both kinds', () => {
    const duels = duelDiscussions(mixed, mixed.questions('heldout', seedKey(4), 40), seedKey(1))
    expect(new Set(duels.map(({ question }) => question.skill))).toEqual(new Set(['wide-cmp', 'wide-three']))
  })
})

describe('the gate of scripted peers', () => {
  const twins = () =>
    measureGate(
      halves,
      ['cat', 'dog'].map((id) =>
        scripted(id, (prompt) => {
          if (prompt.endsWith('Answer:\n')) return '1+1=2. #### 0'
          const [, theirs] = /^Theirs: (.*)$/m.exec(prompt) ?? []
          const [, mine] = /^Mine: (.*)$/m.exec(prompt) ?? []
          // Cooperating, it takes the other's idea; competing, its own. It calls every idea of others wrong.
          if (prompt.endsWith('Combine:\n')) return theirs
          if (prompt.endsWith('Decide:\n')) return mine
          return prompt.endsWith('Check together:\n')
            ? 'Mine: . Theirs: . Verdict: mine right, theirs wrong.'
            : 'Theirs: 1+1=3 (2) wrong. Mine: . Verdict: theirs right, mine right.'
        }),
      ),
      { questions: 10, samples: 2, seed: 1 },
      () => {},
    )

  it('counts what they do', async () => {
    const [cat, dog] = await twins()
    expect([cat.partner, dog.partner]).toEqual(['dog', 'cat'])
    expect(cat.mostlyWrong).toEqual(Array(10).fill(true))
    expect(cat.auc).toBeNull()
    expect(cat.merge.cooperate).toEqual([])
    // The partner slips in the first duel, the peer itself in the second.
    expect(cat.duel.cooperate).toEqual([false, true, false, true, false, true, false, true, false, true])
    expect(cat.duel.compete).toEqual(cat.duel.cooperate.map((right) => !right))
    expect(cat.caught).toEqual({ cooperate: Array(5).fill(true), compete: Array(5).fill(false) })
    expect(cat.misquoted).toEqual([...Array(10).fill(false), ...Array(10).fill(true)])
  })

  it('tells whether difficulty sees what a peer gets wrong', async () => {
    // Where the right answer is odd, it names two wrong ones in turn, or the same wrong one with confidence.
    const area = async (unsure: boolean) => {
      let turn = 0
      const answer = (prompt: string) => {
        const [, question = ''] = /^Question: (.*)$/m.exec(prompt) ?? []
        const right = solvedByHand(question, halves)
        return `#### ${right % 2 === 0 ? right + (unsure ? 0 : 1000 * (turn++ % 2)) : unsure ? 1000 + (turn++ % 2) : 1000}`
      }
      const options = { questions: 30, samples: 4, seed: 1 }
      return measureGate(halves, [scripted('cat', answer)], options, () => {})
    }
    const [sees] = await area(true)
    expect(sees.partner).toBe('cat')
    expect(new Set(sees.mostlyWrong).size).toBe(2)
    expect(sees.auc).toBe(1)
    const [blind] = await area(false)
    expect(blind.auc).toBe(0)
  })

  it('is written as a table that names what misses', async () => {
    const options = { questions: 10, samples: 2, seed: 1 }
    const section = gateSection('cats', 'halves', options, await twins())
    const row = (name: string) => section.split('\n').find((line) => line.startsWith(`| ${name}`))
    expect(row('duel: cooperate − compete')).toMatch(/≤ −20 \| 0\.0 \[.*\], n = 10 \*\*misses\*\* \|/)
    expect(row('slips caught: compete')).toContain('0.0 % [0.0, 43.4], n = 5 **misses**')
    expect(row('analyses that misquote')).toContain('50.0 %')
    expect(row('merge: cooperate')).toContain('–')
    const older = withSection(withSection(null, 'dogs', '## dogs\n\nold\n'), 'cats', section)
    expect(older.match(/^## /gm)).toHaveLength(2)
    const newer = withSection(older, 'dogs', '## dogs\n\nnew\n')
    expect(newer.match(/^## \w+/gm)).toEqual(['## dogs', '## cats'])
    expect(newer).not.toMatch(/^old$/m)
  })
})

describe('estimates of shares', () => {
  it('have Wilson’s interval', () => {
    // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 0 of 20.
    expect(shareOf([...Array(81).fill(true), ...Array(182).fill(false)])?.interval?.[0]).toBeCloseTo(
      0.2553,
      4,
    )
    expect(shareOf([...Array(81).fill(true), ...Array(182).fill(false)])?.interval?.[1]).toBeCloseTo(
      0.3662,
      4,
    )
    expect(shareOf(Array(20).fill(false))?.interval?.[0]).toBe(0)
    expect(shareOf(Array(20).fill(false))?.interval?.[1]).toBeCloseTo(0.1611, 4)
    expect(shareOf([])).toBeNull()
  })
  it('have Hanley and McNeil’s interval for an area', () => {
    // Hanley and McNeil (1982), section V: area 0.893, 51 abnormal and 58 normal images, standard error 0.032.
    const positive = [...Array(51).fill(true), ...Array(58).fill(false)]
    const [low, high] = aucEstimate(0.893, positive)?.interval ?? [0, 0]
    expect((high - low) / (2 * 1.96)).toBeCloseTo(0.0323, 3)
    expect(aucEstimate(null, positive)).toBeNull()
  })
})
