import { describe, expect, it } from 'vitest'
import type { DenseMatrix } from '../../src/matrix/matrix'
import { Trainer } from '../../src/model/train/trainer'
import { miscounted, misreading, rightIdea, slip } from '../../src/pretrain/ideas'
import { configJson, embeddedConfig, folderFiles } from '../../src/pretrain/model_folder'
import { PROFILES } from '../../src/pretrain/profiles'
import { movedBy, parameterCount, quantized, rounded } from '../../src/pretrain/quantized'
import { Stream, seedKey } from '../../src/random'
import { mixed } from '../../src/tasks/mixed'
import { HALVES_SKILLS, readingsOf } from '../../src/tasks/skills'
import type { Question } from '../../src/tasks/task'
import { halves, wordProblems } from '../../src/tasks/word_problems'
import { solvedByHand } from './tasks_by_hand'

describe.each([wordProblems, halves, mixed])('ideas about $name', (task) => {
  const questions = [...task.questions('train', seedKey(11), 200), ...task.questions('ood', seedKey(12), 60)]
  const isRight = (question: Question, idea: string) => task.reward(question, idea).correct

  it('are right where intended, and slips hardly ever', () => {
    const stream = new Stream(seedKey(1))
    expect(questions.filter((q) => !isRight(q, rightIdea(q)))).toEqual([])
    expect(questions.filter((q) => q.answer !== String(solvedByHand(q.text, task)))).toEqual([])
    const slips = questions.map((q) => ({ q, idea: slip(q, stream) }))
    // A wrong sign can give the right number by chance; that is rare enough.
    expect(slips.filter(({ q, idea }) => isRight(q, idea)).length).toBeLessThanOrEqual(4)
    expect(slips.filter(({ idea }) => /-\d|NaN|undefined/.test(idea.replace(/\d-\d/g, '')))).toEqual([])
  })

  it('are right where no needed reading is missing', () => {
    for (const q of questions) expect(misreading(q, [])).toBe(rightIdea(q))
    const unrelated = task === wordProblems ? ['bags', 'lose'] : ['addsub', 'times', 'muladd']
    for (const q of questions) expect(misreading(q, unrelated)).toBe(rightIdea(q))
  })

  it('are never right as misreadings, for any peer', () => {
    for (const { missing } of PROFILES.filter((profile) => profile.task === task)) {
      const lacked = questions.filter((q) => readingsOf(q.skill).some((reading) => missing.includes(reading)))
      expect(lacked.length).toBeGreaterThan(50)
      for (const part of task === mixed ? (['added', 'doubled'] as const) : (['added'] as const))
        expect(lacked.filter((q) => isRight(q, misreading(q, missing, part)))).toEqual([])
    }
  })

  it('with a miscount have one wrong result, carried on, and a wrong answer', () => {
    const stream = new Stream(seedKey(2))
    for (const q of questions) {
      const idea = miscounted(rightIdea(q), stream)
      const steps = [...idea.matchAll(/(\d+[+\-*]\d+)=(-?\d+)/g)]
      const off = steps.filter(
        ([, left, result]) => Number(new Function(`return ${left}`)()) !== Number(result),
      )
      expect(off, idea).toHaveLength(1)
      expect(steps).toHaveLength(q.steps.length)
      expect(idea.endsWith(`#### ${steps.at(-1)?.[2]}`)).toBe(true)
    }
  })

  it('have right sums, misread or not', () => {
    for (const q of questions)
      for (const missing of [[...task.skills], ['bags'], ['lose'], ['bags', 'lose']])
        for (const [step, left, result] of misreading(q, missing).matchAll(/(\d+[+\-*]\d+)=(-?\d+)/g))
          expect(Number(new Function(`return ${left}`)()), step).toBe(Number(result))
  })
})

describe('the halves of a question', () => {
  const questions = halves.questions('train', seedKey(21), 200)
  const stepsOf = (idea: string) => idea.match(/\d+[+\-*]\d+=\d+/g) ?? []

  it.each([['bags'], ['lose']])(
    'misread without %s have exactly one right step, the other part',
    (lacked) => {
      for (const q of questions) {
        const idea = misreading(q, [lacked])
        const right = stepsOf(idea).filter((step) => q.steps.includes(step))
        expect(right, `${q.text} ${idea}`).toEqual(
          q.steps.slice(0, 2).filter((step) => step.includes(lacked === 'bags' ? '-' : '*')),
        )
        // One of three steps is right: the format, and a third of the steps, count.
        expect(halves.reward(q, idea).total).toBeCloseTo(0.1 + 0.3 / 3, 12)
      }
    },
  )
  it('misread in both have none', () => {
    for (const q of questions) {
      const idea = misreading(q, ['bags', 'lose'])
      expect(stepsOf(idea).filter((step) => q.steps.includes(step))).toEqual([])
    }
  })
  it('are right when combined: the right step of each, and their sum', () => {
    for (const q of questions) {
      const parts = [misreading(q, ['lose']), misreading(q, ['bags'])].flatMap((idea) =>
        stepsOf(idea).filter((step) => q.steps.includes(step)),
      )
      expect(parts).toHaveLength(2)
      const [x, y] = parts.map((step) => Number(step.split('=')[1]))
      expect(halves.reward(q, `${parts.join('. ')}. ${x}+${y}=${x + y}. #### ${x + y}`).total).toBe(1)
      expect(halves.reward(q, `#### ${x + y}`).correct).toBe(true)
    }
  })
  it('come in both orders', () => {
    expect(new Set(questions.map(({ skill }) => skill))).toEqual(new Set(HALVES_SKILLS))
    for (const { skill, steps } of questions)
      expect(
        steps
          .slice(0, 2)
          .map((step) => (step.includes('*') ? 'bags' : 'lose'))
          .join('-'),
      ).toBe(skill === 'bags-lose' ? 'bags-lose' : 'lose-bags')
  })
})

describe('quantized weights', () => {
  it('equal the rounded ones, and the exact ones move as the rounded ones do', async () => {
    const trainer = await Trainer.create(embeddedConfig(3), 5)
    const exact = trainer.weights()
    await trainer.close()
    const inBlocks = quantized(exact).layers[1].linears.down
    expect(inBlocks).toMatchObject({ kind: 'blocks', bits: 4 })
    const before = rounded(exact)
    const down = (weights: typeof exact) => (weights.layers[1].linears.down as DenseMatrix).data
    expect(down(before)).not.toEqual(down(exact))
    const again = rounded(before)
    const drift = down(again).map((value, i) => Math.abs(value - down(before)[i]))
    expect(Math.max(...drift)).toBeLessThan(1e-6)
    const moved = down(movedBy(exact, before, exact))
    const wanted = down(exact).map((value, i) => value + value - down(before)[i])
    expect(moved).toEqual(wanted)
    expect(movedBy(exact, before, before)).toEqual(exact)
  })

  it.each([3, 4])(
    'make a folder of under 3 MB with the parameters on its card (%i layers)',
    async (layers) => {
      const trainer = await Trainer.create(embeddedConfig(layers), 5)
      const weights = trainer.weights()
      await trainer.close()
      const files = folderFiles(quantized(weights))
      const bytes = [...files.values()].reduce((sum, file) => sum + file.byteLength, 0)
      expect(bytes).toBeLessThan(3 * 2 ** 20)
      expect(JSON.parse(new TextDecoder().decode(files.get('config.json')))).toEqual(configJson(layers))
      const { vocab_size: V, num_hidden_layers: L } = configJson(layers)
      expect(L).toBe(layers)
      // q, o: H·H; k, v: H·H/2; gate, up, down: H·192; two norms a layer, one at the end; one embedding.
      expect(parameterCount(weights)).toBe(
        layers * (3 * 64 * 64 + 3 * 64 * 192 + 2 * 64) + 64 + Number(V) * 64,
      )
    },
  )
})
