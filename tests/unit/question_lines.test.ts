import { describe, expect, it } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { Stream, seedKey } from '../../src/random'
import { jsonTable } from '../../src/tasks/file/json_rows'
import { questionsOf, readQuestions } from '../../src/tasks/file/read_questions'
import { withinASecond } from './within_a_second'

const line = (question: unknown, answer: unknown, more = {}) => JSON.stringify({ question, answer, ...more })
const good = line('What is 3 + 4?', '7')

const read = (text: string) => readQuestions(new TextEncoder().encode(text), 'q.jsonl')
const readDecoded = (text: string) => questionsOf(jsonTable(text, 'q.jsonl'), 'q.jsonl')

/** Returns code and message of the error. */
async function refusal(text: string): Promise<string> {
  try {
    await read(text)
  } catch (error) {
    if (error instanceof ColloquyError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'none'
}

describe('a JSONL text', () => {
  it('may hold bare answers, numbers, worked solutions and boxes, and other fields', async () => {
    const { questions, problems } = await read(
      [
        line(' What is 3 + 4? ', '7', { source: 'me' }),
        line('Two?', 2),
        line('Half?', 0.5),
        line('Clips?', 'She sold 48/2 = <<48/2=24>>24.\nIn all 48+24 = <<48+24=72>>72.\n#### 72'),
        line('Box?', 'Since $2^2=4$, it is $\\boxed{\\frac{1}{\\sqrt{2}}}$.'),
        line('Root?', '\\sqrt{2}'),
      ].join('\n'),
    )
    expect(problems).toEqual([])
    expect(questions.map(({ text, answer, steps, level }) => [text, answer, steps, level])).toEqual([
      ['What is 3 + 4?', '7', [], 1],
      ['Two?', '2', [], 1],
      ['Half?', '0.5', [], 1],
      ['Clips?', '72', ['48/2=24', '24+48=72'], 2],
      ['Box?', '\\frac{1}{\\sqrt{2}}', [], 1],
      ['Root?', '\\sqrt{2}', [], 1],
    ])
    expect(new Set(questions.map(({ id }) => id)).size).toBe(6)
  })

  it('is used except for unusable lines, which are named', async () => {
    const text = [
      good,
      '{"question": "cut off',
      '[1, 2]',
      'null',
      '{"question": "Only?"}',
      '{"answer": "7"}',
      line(['a'], '7'),
      line('Null?', null),
      line('Yes?', true),
      line('', '7'),
      line('Blank?', '  '),
      line('Huge?', 2 ** 60),
      '{"question": "Infinite?", "answer": 1e999}',
      line('Tiny?', 1e-9),
      line('No end?', 'It is\n#### '),
      line('Open?', '\\boxed{7'),
      line('Lines?', 'Well,\nit is 7'),
      line('Long?', 'x'.repeat(300)),
      line('Dot?', '.'),
      line('x'.repeat(100_001), '7'),
      line('What is  3 + 4?', '7.0'),
      line('What is 3 + 4?', '8'),
      line('Last?', '9'),
    ].join('\n')
    const { questions, problems } = await read(text)
    expect(questions.map(({ answer }) => answer)).toEqual(['7', '9'])
    expect(problems.map((problem) => `${problem.at} ${problem.reason}`)).toEqual([
      '2 not JSON',
      '3 not a JSON object',
      '4 not a JSON object',
      '5 no answer; fields found: question',
      '6 no question; fields found: answer',
      '7 "question" is a list, not a text or number',
      '8 "answer" is null, not a text or number',
      '9 "answer" is boolean, not a text or number',
      '10 "question" is empty',
      '11 "answer" is empty',
      '12 "answer" is a number that is not exact; write it in quotes',
      '13 "answer" is a number that is not exact; write it in quotes',
      '14 "answer" is a number that is not exact; write it in quotes',
      '15 "answer" has no answer of at most 200 characters after #### or in \\boxed{}',
      '16 "answer" has no answer of at most 200 characters after #### or in \\boxed{}',
      '17 "answer" has several lines, and neither #### nor \\boxed{}',
      '18 "answer" is longer than 200 characters, and has neither #### nor \\boxed{}',
      '19 no answer can be read in "answer"',
      '20 "question" is longer than 100000 characters',
      '21 the same question as line 1',
      '22 the same question as line 1, with another answer',
    ])
  })

  it('may have a byte order mark, any line breaks, and blank lines, which count only as line numbers', async () => {
    const { questions, problems } = await read(`\uFEFF${good}\r\n\r\n  \noops\r${line('B?', '1')}\n`)
    expect(questions.length).toBe(2)
    expect(problems).toEqual([{ at: 4, reason: 'not JSON' }])
  })

  it('gives a question the same id at any place', async () => {
    const ids = async (text: string) => (await read(text)).questions.map(({ id }) => id)
    const turned = await ids(`${line('B?', '1')}\n${good}`)
    expect(await ids(`${good}\n${line('B?', '1')}`)).toEqual(turned.reverse())
  })

  it('without a usable line is refused', async () => {
    expect(await refusal('')).toMatch(/^task: q\.jsonl: found an empty file/)
    expect(await refusal('\n \n')).toMatch(/^task: q\.jsonl: found an empty file/)
    expect(await refusal('{}\n[')).toMatch(
      /^task: q\.jsonl: found 2 lines \(JSON Lines\), none usable \(line 1: no question; fields found: none\)/,
    )
  })

  it('is read or refused quickly, however damaged', () => {
    const stream = new Stream(seedKey(5))
    const whole = [
      good,
      line('Clips?', '48/2 = <<48/2=24>>24\n#### 24'),
      line('Box?', '\\boxed{\\frac{1}{2}}'),
      line('Ünï 😀?', 3),
      '',
    ].join('\n')
    const junk = [
      '{',
      '}',
      '"',
      '\\',
      '\n',
      '\r',
      '\u0000',
      '\uFEFF',
      '\ud800',
      '####',
      '\\boxed{',
      '1e999',
      'null',
      '__proto__',
    ]
    let [used, refused] = [0, 0]
    for (let round = 0; round < 1000; round++) {
      let text = whole
      for (let change = stream.int(1, 12); change > 0; change--) {
        const [from, to] = [stream.int(0, text.length), stream.int(0, text.length)]
        const piece = stream.pick([...junk, text.slice(Math.min(from, to), Math.max(from, to)).slice(0, 60)])
        text = text.slice(0, from) + piece + text.slice(from + stream.int(0, 8))
      }
      try {
        const { kind, questions, problems } = withinASecond(() => readDecoded(text))
        expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length)
        used++
        if (kind !== 'JSON Lines') continue
        const lines = text.split(/\r\n?|\n/)
        const filled = lines.filter((content) => content.trim() !== '')
        expect(questions.length + problems.length).toBe(filled.length)
        expect(problems.every(({ at }) => lines[at - 1].trim() !== '')).toBe(true)
      } catch (error) {
        if (!(error instanceof ColloquyError)) throw error
        refused++
      }
    }
    expect(Math.min(used, refused)).toBeGreaterThan(20)
  }, 30_000)

  it.each([
    ['digits', '1'.repeat(99_000)],
    ['sums', '1+'.repeat(49_000)],
    ['equations', '1=1+'.repeat(24_000)],
    ['open boxes', '\\boxed{'.repeat(14_000)],
    ['hashes', '#'.repeat(99_000)],
    ['dots', `#### ${'. '.repeat(49_000)}x`],
    ['spaces', `####${' '.repeat(99_000)}x`],
    ['annotations', '<<'.repeat(49_000)],
  ])('of one line that is all %s takes no long time', (_, answer) => {
    const text = `${good}\n${JSON.stringify({ question: 'q?', answer })}`
    expect(withinASecond(() => readDecoded(text)).questions[0].answer).toBe('7')
  })
})
