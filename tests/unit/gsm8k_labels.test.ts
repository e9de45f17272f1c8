import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { canonicalAnswer, readAnswer, sameAnswer } from '../../src/tasks/answers'
import { readQuestions } from '../../src/tasks/file/read_questions'

const FOLDER = new URL('../../../shared/data/gsm8k/', import.meta.url)
const SOLUTIONS = new URL('example_model_solutions_400.jsonl', FOLDER)
const TEST = new URL('test.jsonl', FOLDER)
const MODELS = ['6b_finetuning', '6b_verification', '175b_finetuning', '175b_verification'] as const

type Line = { readonly ground_truth: string } & Readonly<
  Record<(typeof MODELS)[number], { readonly is_correct: boolean; readonly solution: string }>
>

const present = existsSync(SOLUTIONS) && existsSync(TEST)
if (!present) console.log(`skipped: GSM8K is not at ${FOLDER.pathname}`)

const lines = (file: URL): string[] => readFileSync(file, 'utf8').trimEnd().split('\n')

/**
 * One rule reproduces every label: the number after the last `A:` at a line's start, compared exactly. There
 * is no rounding, and a solution cut before its `A:` is wrong.
 */
describe.skipIf(!present)('GSM8K', () => {
  it('model answers get the verdicts their authors gave them, all 1600', () => {
    const verdicts = lines(SOLUTIONS).flatMap((text, line) => {
      const solutions: Line = JSON.parse(text)
      const truth = readAnswer(solutions.ground_truth, ['a-line'])
      return MODELS.map((model) => {
        const found = readAnswer(solutions[model].solution, ['a-line'])
        const computed = found !== null && truth !== null && sameAnswer(found, truth)
        return { line, model, found, truth, computed, labelled: solutions[model].is_correct }
      })
    })
    expect(verdicts).toHaveLength(1600)
    expect(verdicts.filter(({ computed, labelled }) => computed !== labelled)).toEqual([])
    // The labels differ, or the test above would prove nothing.
    expect(verdicts.filter(({ labelled }) => labelled).length).toBeGreaterThan(400)
  })

  it('test questions are all read, each with its number, nearly all with steps', async () => {
    const raw = lines(TEST)
    const { questions, problems } = await readQuestions(readFileSync(TEST), 'test.jsonl')
    expect([questions.length, problems]).toEqual([1319, []])
    const answers = raw.map((text) => Number(JSON.parse(text).answer.split('#### ')[1].replaceAll(',', '')))
    expect(questions.map(({ answer }) => Number(canonicalAnswer(answer)))).toEqual(answers)
    // The few questions without steps are pure algebra (`3x+12=33`).
    expect(questions.filter(({ steps }) => steps.length === 0).length).toBeLessThan(30)
  })
})
