import { describe, expect, it } from 'vitest'
import { seedKey } from '../../src/random'
import { readQuestions } from '../../src/tasks/file/read_questions'
import { readVerdicts } from '../../src/tasks/prompts'
import { questionFileTask } from '../../src/tasks/question_file'
import type { Discussion, Split } from '../../src/tasks/task'

const SPLITS: Split[] = ['train', 'validation', 'heldout']
const lines = Array.from({ length: 1000 }, (_, i) =>
  JSON.stringify({ question: `What is ${i} + 1?`, answer: String(i + 1) }),
)
const read = async (texts: readonly string[]) =>
  (await readQuestions(new TextEncoder().encode(texts.join('\n')), 'sums.jsonl')).questions
const fileTask = async (texts: readonly string[]) => questionFileTask('sums.jsonl', await read(texts))
const task = await fileTask(lines)
const key = seedKey(7)

/** Finds the number of questions of a split by asking. */
function sizeOf(split: Split): number {
  let size = 0
  for (let step = 512; step >= 1; step /= 2) {
    try {
      task.questions(split, key, size + step)
      size += step
    } catch {}
  }
  return size
}

describe('the questions of a file', () => {
  const sizes = SPLITS.map(sizeOf)
  const all = SPLITS.map((split, i) => task.questions(split, key, sizes[i]).map(({ id }) => id))

  it('fall into splits of about 70, 10 and 20 percent, each question into one', () => {
    expect(sizes.reduce((a, b) => a + b)).toBe(1000)
    expect(new Set(all.flat()).size).toBe(1000)
    for (const [i, share] of [700, 100, 200].entries()) expect(Math.abs(sizes[i] - share)).toBeLessThan(60)
  })

  it('stay in their split when others are removed, and are drawn the same in any line order', async () => {
    const half = await fileTask(lines.slice(0, 500).reverse())
    const train = new Set(all[0])
    expect(half.questions('train', key, 300).filter(({ id }) => !train.has(id))).toEqual([])
    const reversed = await fileTask([...lines].reverse())
    expect(reversed.questions('heldout', key, 50)).toEqual(task.questions('heldout', key, 50))
  })

  it.each([
    [3, [1, 1, 1]],
    [20, [14, 2, 4]],
    [60, [42, 6, 12]],
  ])('of a file of %i are split exactly, %j, the same in any line order', async (n, sizes) => {
    const small = await fileTask(lines.slice(0, n))
    const reversed = await fileTask(lines.slice(0, n).reverse())
    const parts = (one: typeof task) =>
      SPLITS.map((split, i) => one.questions(split, key, sizes[i]).map(({ id }) => id))
    expect(small.sizes).toEqual({ train: sizes[0], validation: sizes[1], heldout: sizes[2], ood: 0 })
    expect(new Set(parts(small).flat()).size).toBe(n)
    expect(parts(reversed)).toEqual(parts(small))
  })

  it('are drawn by key, without repetition', () => {
    const ids = (seed: number) => task.questions('train', seedKey(seed), 100).map(({ id }) => id)
    expect(ids(1)).toEqual(ids(1))
    expect(ids(1)).not.toEqual(ids(2))
    expect(new Set(ids(1)).size).toBe(100)
  })

  it('are refused with counts where there are too few', () => {
    const [train, validation, heldout] = sizes
    const counts = `${train} train, ${validation} validation, ${heldout} held-out`
    expect(() => task.questions('validation', key, 500)).toThrow(
      `validation questions of sums.jsonl: found ${validation} (${counts}), wanted 500`,
    )
    expect(() => task.questions('ood', key, 1)).toThrow(
      /ood questions of sums\.jsonl: found 0 .*no out-of-distribution questions/,
    )
  })
})

const solution = '48/2 = <<48/2=24>>24 in May.\n48+24 = <<48+24=72>>72 in all.\n#### 72'
const [clips, root] = await read([
  JSON.stringify({ question: 'Clips?', answer: solution }),
  JSON.stringify({ question: 'Root?', answer: '\\sqrt{8}' }),
])

describe('reward', () => {
  it.each([
    ['right', '#### 72', 1],
    ['right in another form', '48 / 2 = 24\n#### $72.00', 1],
    ['wrong', '#### 70', 0.1],
    ['wrong with one of two steps', '48 / 2 = 24\n48 + 24 = 70\n#### 70', 0.1 + 0.3 * 0.5],
    ['wrong with a right step among four', '24+48=72, 1+1=2, 1+2=3, 1+3=4\n#### 4', 0.1 + 0.3 * 0.25],
    ['not there, with one step', '48/2=24', 0.3 * 0.5],
    ['no number', '#### many', 0],
    ['empty', '', 0],
  ])('of an answer that is %s', async (_, completion, total) => {
    const reward = await task.reward(clips, completion)
    expect(reward.total).toBeCloseTo(total, 12)
    expect(reward.correct).toBe(total === 1)
  })

  it('compares formulas, and compares names and units where both answers have them', async () => {
    const [length] = await read([JSON.stringify({ question: 'How long?', answer: 'x = 5 cm' })])
    expect(task.reward(root, '\\boxed{2\\sqrt{2}}')).toMatchObject({ total: 1, correct: true })
    expect(task.reward(root, '\\boxed{2\\sqrt{3}}')).toMatchObject({ total: 0.1, correct: false })
    for (const right of ['5', 'x = 5', '5 centimeters'])
      expect(task.reward(length, `#### ${right}`)).toMatchObject({ correct: true })
    for (const wrong of ['y = 5', '5 m', '5.01'])
      expect(task.reward(length, `#### ${wrong}`)).toMatchObject({ correct: false })
  })

  it('sees equal answers as equal texts', () => {
    expect(task.answerOf('#### $72.00')).toBe(task.answerOf('so \\boxed{72}.'))
    expect(task.answerOf('nothing')).toBeNull()
  })
})

describe('analysis', () => {
  it.each([
    ['Verdict: mine right, theirs wrong', 2, [true, false]],
    ['**Verdict:** Theirs wrong, Mine right.', 2, [true, false]],
    ['Verdict: mine wrong, theirs right, theirs 2 right.', 3, [false, true, true]],
    ['Verdict: mine right, theirs right\nNo.\nVerdict: mine wrong, theirs right', 2, [false, true]],
    ['Verdict: mine right', 2, null],
    ['Verdict: mine right, theirs wrong, theirs 2 wrong', 2, null],
    ['Verdict: mine right, mine wrong', 2, null],
    ['Verdict: mine right, theirs maybe', 2, null],
    ['mine right, theirs wrong', 2, null],
    ['', 1, null],
  ])('%j of %i solutions has the verdicts %j', (text, ideas, verdicts) => {
    expect(readVerdicts(text, ideas)).toEqual(verdicts)
  })

  it('is rewarded for its verdicts, or else for its form', async () => {
    const discussion: Discussion = {
      question: root,
      mode: 'compete',
      own: '\\boxed{2\\sqrt{2}}',
      others: ['#### 3', 'no answer'],
    }
    const total = async (text: string) => (await task.analysisReward(discussion, text)).total
    expect(await total('Verdict: mine right, theirs wrong, theirs 2 wrong')).toBe(1)
    expect(await total('Verdict: mine right, theirs right, theirs 2 wrong')).toBeCloseTo(0.1, 12)
    expect(await total('Verdict: mine right, theirs wrong')).toBe(0)
  }, 120_000)
})

describe('prompts', () => {
  const discussion = (mode: Discussion['mode']): Discussion => ({
    question: clips,
    mode,
    own: '48/2=24\n#### 24',
    others: ['#### 72', '#### 1'],
    analysis: 'Verdict: mine wrong, theirs right, theirs 2 wrong',
  })

  it('name the solutions as the checker reads them, and ask for the closing lines it reads', () => {
    const analyze = task.analyzePrompt(discussion('cooperate'))
    expect(analyze).toContain('Mine: 48/2=24 #### 24\nTheirs: #### 72\nTheirs 2: #### 1\n')
    const asked = /^Verdict: .*$/m.exec(analyze)?.[0] ?? ''
    expect(readVerdicts(asked, 3)).not.toBeNull()
    for (const prompt of [
      task.sharePrompt(clips),
      task.fusePrompt(discussion('compete')),
      task.debatePrompt(discussion('compete')),
    ])
      expect(prompt).toMatch(/Clips\?[\s\S]*\n#### answer\n$/)
  })

  it('differ by mode and leave no slot open', () => {
    const both = (['cooperate', 'compete'] as const).flatMap((mode) => [
      task.analyzePrompt(discussion(mode)),
      task.fusePrompt(discussion(mode)),
    ])
    expect(new Set(both).size).toBe(4)
    for (const prompt of both) expect(prompt).not.toMatch(/[{}]/)
  })
})
