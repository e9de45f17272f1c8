/** Rows as published sets have them; the texts are ours. Each set has its own fields, types and habits. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openQuestionFile } from '../../src/tasks/file/open_question_file'
import { readQuestions } from '../../src/tasks/file/read_questions'
import { questionFileTask } from '../../src/tasks/question_file'
import { rejection } from '../failure'

type Row = Readonly<Record<string, unknown>>
const FIXTURES = new URL('../fixtures/questions/', import.meta.url)

const bytesOf = (text: string) => new TextEncoder().encode(text)
const readText = (text: string, name: string) => readQuestions(bytesOf(text), name)
const readRows = (...rows: Row[]) => readText(rows.map((row) => JSON.stringify(row)).join('\n'), 'rows.jsonl')

/** Reads one row that is usable. */
async function readOne(row: Row) {
  const { questions, fields } = await readRows(row)
  const { text, answer, level, skill, steps } = questions[0]
  return { text, answer, level, skill, steps, fields: fields[0] }
}

const DAPO =
  'Solve the following math problem step by step. The last line of your response should be of the form Answer: $Answer (without quotes) where $Answer is the answer to the problem.\n\nFind the sum of all divisors of 6.\n\nRemember to put your answer on its own line after "Answer:".'

describe('a row of', () => {
  it.each<readonly [set: string, row: Row, text: string, answer: string]>([
    ['GSM8K', { question: 'Clips?', answer: '48/2 = <<48/2=24>>24\n#### 24' }, 'Clips?', '24'],
    [
      'GSM8K’s model solutions',
      {
        question: 'Clips?',
        ground_truth: 'She sold 48/2 = <<48/2=24>>24.\nA: 24',
        '6b': { is_correct: true },
      },
      'Clips?',
      '24',
    ],
    [
      'MATH',
      {
        problem: 'What is $2^3$?',
        level: 'Level 2',
        type: 'Algebra',
        solution: 'It is $2 \\cdot 2 \\cdot 2 = \\boxed{8}$.',
      },
      'What is $2^3$?',
      '8',
    ],
    [
      'MATH-500',
      {
        problem: 'What is $2^3$?',
        solution: 'It is $\\boxed{8}$.',
        answer: '8',
        subject: 'Algebra',
        level: 2,
        unique_id: 'x',
      },
      'What is $2^3$?',
      '8',
    ],
    [
      'SVAMP',
      {
        ID: 'chal-1',
        Body: 'Each pack costs 76 dollars. There is a discount of 25 dollars.',
        Question: 'How much is a pack?',
        Equation: '( 76.0 - 25.0 )',
        Answer: 51.0,
        Type: 'Subtraction',
      },
      'Each pack costs 76 dollars. There is a discount of 25 dollars. How much is a pack?',
      '51',
    ],
    [
      'ASDiv',
      {
        body: 'Seven red apples and two green apples are in the basket.',
        question: 'How many apples are in the basket?',
        solution_type: 'Addition',
        answer: '9 (apples)',
        formula: '7+2=9',
      },
      'Seven red apples and two green apples are in the basket. How many apples are in the basket?',
      '9 (apples)',
    ],
    [
      'MAWPS',
      { iIndex: 1, sQuestion: 'Joan found 70 shells.', lEquations: ['x=70-27'], lSolutions: [43.0] },
      'Joan found 70 shells.',
      '43',
    ],
    [
      'MAWPS with places for its numbers',
      {
        Question: 'Joan found number0 shells and gave number1 away. How many are left?',
        Numbers: '70.0 27.0',
        Equation: '- number0 number1',
        Answer: '43.0',
      },
      'Joan found 70 shells and gave 27 away. How many are left?',
      '43.0',
    ],
    [
      'AQuA',
      {
        question: 'What is 3 * 7?',
        options: ['A)21', 'B)24', 'C)10', 'D)3', 'E)7'],
        rationale: '3 * 7 = 21. Answer: A',
        correct: 'A',
      },
      'What is 3 * 7?\nA) 21\nB) 24\nC) 10\nD) 3\nE) 7',
      '(A) 21',
    ],
    [
      'MMLU',
      {
        question: 'Which planet is red?',
        subject: 'astronomy',
        choices: ['Venus', 'Mars', 'Earth', 'Pluto'],
        answer: 1,
      },
      'Which planet is red?\nA) Venus\nB) Mars\nC) Earth\nD) Pluto',
      '(B) Mars',
    ],
    [
      'ARC',
      {
        question: 'Which planet is red?',
        choices: { text: ['Venus', 'Mars'], label: ['A', 'B'] },
        answerKey: 'B',
      },
      'Which planet is red?\nA) Venus\nB) Mars',
      '(B) Mars',
    ],
    [
      'MathQA',
      { Problem: 'What is 3 * 7?', options: 'a ) 21 , b ) 24.5 , c ) 10', correct: 'b', category: 'general' },
      'What is 3 * 7?\nA) 21\nB) 24.5\nC) 10',
      '(B) 24.5',
    ],
    [
      'NuminaMath',
      {
        source: 'amc',
        problem: 'Half of 46?',
        solution: 'So $\\boxed{\\textbf{(D) }23}$.',
        messages: [{ role: 'user', content: 'Half of 46?' }],
      },
      'Half of 46?',
      '\\textbf{(D) }23',
    ],
    [
      'Open-R1',
      {
        problem: 'Half of 46?',
        solution: 'It is 46/2 = 23.',
        answer: '23',
        problem_type: 'Algebra',
        question_type: 'math-word-problem',
        uuid: 'x',
        generations: ['x'.repeat(150_000)],
        messages: [
          { role: 'user', content: 'Half of 46?' },
          { role: 'assistant', content: 'x' },
        ],
      },
      'Half of 46?',
      '23',
    ],
    [
      'DAPO',
      {
        data_source: 'math_dapo',
        prompt: [{ content: DAPO, role: 'user' }],
        ability: 'MATH',
        reward_model: { ground_truth: '12', style: 'rule-lighteval/MATH_v2' },
        extra_info: { index: 'x' },
      },
      'Find the sum of all divisors of 6.',
      '12',
    ],
    [
      'DAPO, processed',
      { prompt: 'Find the sum of all divisors of 6.', solution: '12', reward_model: { ground_truth: '12' } },
      'Find the sum of all divisors of 6.',
      '12',
    ],
    [
      'verl’s GSM8K',
      {
        data_source: 'openai/gsm8k',
        prompt: [
          {
            role: 'user',
            content: 'Clips? Let\'s think step by step and output the final answer after "####".',
          },
        ],
        ability: 'math',
        reward_model: { style: 'rule', ground_truth: '24' },
        extra_info: { split: 'train', index: 0 },
      },
      'Clips?',
      '24',
    ],
    [
      'conversations',
      {
        messages: [
          { role: 'system', content: 'You are kind.' },
          { role: 'user', content: 'Half of 46?' },
          { role: 'assistant', content: 'It is \\boxed{23}.' },
        ],
      },
      'Half of 46?',
      '23',
    ],
  ])('%s', async (_, row, text, answer) => {
    expect(await readOne(row)).toMatchObject({ text, answer })
  })

  it('MATH has a level and a skill, GSM8K has steps, and the fields are told', async () => {
    const math = { problem: 'P?', level: 'Level 5', type: 'Geometry', solution: '\\boxed{1}' }
    expect(await readOne(math)).toMatchObject({
      level: 5,
      skill: 'Geometry',
      fields: { question: 'problem', answer: 'solution', level: 'level', skill: 'type' },
    })
    const svamp = { Body: 'B.', Question: 'Q?', Answer: '1', Type: 'Sum' }
    expect((await readOne(svamp)).fields).toMatchObject({ question: 'Body + Question', answer: 'Answer' })
    const worked = { question: 'Q?', answer: '3*4 = <<3*4=12>>12\n12+1 = <<12+1=13>>13\n#### 13' }
    expect(await readOne(worked)).toMatchObject({ level: 2, skill: 'question', steps: ['3*4=12', '1+12=13'] })
    // Neither field says a level or a skill.
    const bad = { question: 'Q?', answer: 1, level: 'Level ?', type: ['x'] }
    expect(await readOne(bad)).toMatchObject({ level: 1, skill: 'question' })
  })

  it.each<readonly [row: Row, reason: string]>([
    [
      { problem: 'P?', answer: 'proof', solution: 'Clear.' },
      '"answer" is “proof”, which is no answer to compare',
    ],
    [
      { problem: 'P?', answer: ['a', 'b\nc'], solution: 'Clear' },
      '"answer" has several lines, and neither #### nor \\boxed{}',
    ],
    [{ statement: 'P?', label: 3 }, 'no question; fields found: statement, label'],
    [{ question: 'Q?', choices: ['1', '2'], answer: 2 }, '"answer" names a choice that is not there'],
    [{ question: 'Q?', choices: ['1', '2'], answer: 'none' }, '"answer" (none) is none of the choices'],
    [{ question: 'Q?', choices: ['2', '0', '1'], answer: '1' }, '"answer" (1) could be two of the choices'],
    [{ question: 'Q?', choices: 'a few', answer: 'A' }, '"choices" cannot be read as a list of choices'],
    [
      { messages: ['a', 'b'].map((content) => ({ role: 'user', content })), answer: 1 },
      '"messages" is a conversation of several turns',
    ],
    [{ Question: 'number0 + number1?', Numbers: '1', Answer: 3 }, '"Numbers" has no number for number1'],
  ])('%j is refused: %s', async (row, reason) => {
    const good = { question: 'Good?', answer: 1, choices: null }
    const { questions, problems } = await readRows({ ...good, answer: 0, choices: ['7', '8'] }, row)
    expect(questions).toHaveLength(1)
    expect(problems).toEqual([{ at: 2, reason }])
  })

  it('choices may count from 1, as the whole file shows', async () => {
    const rows = [3, 1, 2].map((answer) => ({ question: `Q${answer}?`, choices: ['x1', 'x2', 'x3'], answer }))
    const { questions } = await readRows(...rows)
    expect(questions.map(({ answer }) => answer)).toEqual(['(C) x3', '(A) x1', '(B) x2'])
  })

  it('choices is answered by its letter or its content', async () => {
    const { questions } = await readRows({ question: 'Q?', options: ['A)21', 'B)24'], correct: 'A' })
    const task = questionFileTask('q', questions)
    const isRight = async (text: string) => (await task.reward(questions[0], text)).correct
    for (const right of ['#### A', '#### (A)', '#### 21', '\\boxed{\\textbf{(A) }21}', '#### A) 21'])
      expect(await isRight(right), right).toBe(true)
    for (const wrong of ['#### B', '#### 24', '#### (B) 21', '#### (A) 24'])
      expect(await isRight(wrong), wrong).toBe(false)
    // `C` could be the third choice here, so only the letter counts.
    const letters = await readRows({ question: 'Q?', choices: ['B', 'C', 'A'], answer: 0 })
    expect(letters.questions[0].answer).toBe('A')
  })
})

describe('a file of', () => {
  const CSV =
    'id,Question,Answer\r\n1,"Say ""two"", or 2?",2\r\n\r\n2,"Two\r\nlines, here",3\r\n3,"Hi" is 2 letters,2\r\n'
  const ANSWERS = ['2', '3', '2']
  const ROWS = ['P?', 'Q?', 'R?'].map((question, i) => ({ question, answer: i }))

  const utf16 = (text: string, mark: boolean, big: boolean) => {
    const bytes = Buffer.from(mark ? `\ufeff${text}` : text, 'utf16le')
    return big ? bytes.swap16() : bytes
  }

  it.each<readonly [string, Uint8Array, string]>([
    ['CSV', bytesOf(CSV), 'CSV'],
    ['CSV with a mark', bytesOf(`\ufeff${CSV}`), 'CSV'],
    ['CSV, packed', gzipSync(CSV), 'CSV, packed by gzip'],
    ['CSV of a spreadsheet in UTF-16', utf16(CSV, true, false), 'CSV'],
    ['CSV in UTF-16, the other way round', utf16(CSV, true, true), 'CSV'],
    ['CSV in UTF-16 without a mark', utf16(CSV, false, false), 'CSV'],
    ['TSV', bytesOf(CSV.replaceAll(/(?<=\d),|,(?=\d|Q|A)/g, '\t')), 'TSV'],
    ['CSV with semicolons', bytesOf(CSV.replaceAll(/(?<=\d),|,(?=\d|Q|A)/g, ';')), 'CSV with semicolons'],
  ])('%s', async (_, bytes, kind) => {
    const file = await readQuestions(bytes, 'questions')
    expect([file.kind, file.problems]).toEqual([kind, []])
    expect(file.questions.map(({ answer }) => answer)).toEqual(ANSWERS)
    expect(file.questions.map(({ text }) => text)).toEqual([
      'Say "two", or 2?',
      'Two\r\nlines, here',
      '"Hi" is 2 letters',
    ])
  })

  it('CSV in Windows-1252, with problems named by line', async () => {
    const bytes = Buffer.from(
      'question,answer\nWie viele \xc4pfel?,3\n"Two\nlines",\na,b,c\nLast?,4',
      'latin1',
    )
    const { questions, problems } = await readQuestions(bytes, 'fragen.csv')
    expect(questions.map(({ text }) => text)).toEqual(['Wie viele Äpfel?', 'Last?'])
    expect(problems).toEqual([
      { at: 3, reason: '"answer" is empty' },
      { at: 5, reason: '3 fields where the first line names 2; put texts in quotes' },
    ])
  })

  it('CSV with a column for each choice, and MMLU’s own, which has no header', async () => {
    const rows = '2 + 2?,3,4,5,6,B\n"3, squared?",9,8,7,6,A\n'
    for (const text of [
      rows,
      `question,A,B,C,D,answer\n${rows}`,
      `question,option_a,option_b,option_c,option_d,answer\n${rows}`,
    ]) {
      const { questions } = await readText(text, 'test.csv')
      expect(questions.map(({ answer }) => answer)).toEqual(['(B) 4', '(A) 9'])
      expect(questions[1].text).toBe('3, squared?\nA) 9\nB) 8\nC) 7\nD) 6')
    }
  })

  it('JSON: an array, one object, and an answer of the datasets-server', async () => {
    const server = {
      features: [{ feature_idx: 0, name: 'question' }],
      rows: ROWS.map((row, i) => ({ row_idx: i, row, truncated_cells: i === 1 ? ['answer'] : [] })),
      num_rows_total: 3,
    }
    const kinds = [ROWS, ROWS[0], server].flatMap((value) => [
      JSON.stringify(value),
      JSON.stringify(value, null, 1),
    ])
    const read = await Promise.all(kinds.map((text) => readText(text, 'rows.json')))
    expect(read.map(({ kind, questions }) => [kind, questions.length])).toEqual([
      ['a JSON array', 3],
      ['a JSON array', 3],
      ['one JSON object', 1],
      ['one JSON object', 1],
      ['JSON of the datasets-server', 2],
      ['JSON of the datasets-server', 2],
    ])
    expect(read[4].problems).toEqual([{ at: 2, reason: 'no answer; fields found: question' }])
  })

  it('JSON Lines as Python writes them, with NaN in other fields', async () => {
    const text = '{"question": "Is NaN \\" a number?", "answer": "no", "score": NaN, "low": -Infinity}\n'
    const { questions, problems } = await readText(text, 'q.jsonl')
    expect([questions[0].text, problems]).toEqual(['Is NaN " a number?', []])
  })

  it('Parquet, as pyarrow writes it', async () => {
    const read = (name: string) => readQuestions(readFileSync(new URL(name, FIXTURES)), name)
    const verl = await read('verl.parquet')
    expect(verl.kind).toBe('Parquet')
    expect(verl.questions.map(({ answer }) => answer)).toEqual(['6', '9', '12', '15', '18', '21'])
    expect(verl.questions[0].text).toBe('A box has 2 pens. How many pens are in 3 boxes?')
    const mmlu = await read('mmlu_gzip.parquet')
    expect(mmlu.questions.map(({ answer }) => answer)).toEqual(['(B) 4', '(A) 9', '(C) 7'])
    await expect(read('zstd.parquet')).rejects.toThrow(/found a Parquet file with ZSTD compression/)
    const cut = readFileSync(new URL('verl.parquet', FIXTURES)).subarray(0, 900)
    await expect(readQuestions(cut, 'cut.parquet')).rejects.toThrow(/found a damaged Parquet file/)
  })

  it('20 questions is enough for a run, and the sizes of its splits are told', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `What is ${i} + 1?,${i + 1}`)
    const { task, notes, description } = await openQuestionFile(
      bytesOf(`question,answer\n${rows.join('\n')}`),
      'class.csv',
      {
        wanted: { validation: 100, heldout: 200 },
      },
    )
    expect(task.sizes).toMatchObject({ train: 14, validation: 2, heldout: 4 })
    expect(notes).toEqual(['class.csv has 20 questions: 14 to learn from, 2 to check abilities, 4 for tests'])
    expect(description.summary).toBe('CSV: 20 questions from 20 lines')
    const two = openQuestionFile(bytesOf(`question,answer\n${rows.slice(0, 2).join('\n')}`), 'class.csv')
    await expect(two).rejects.toThrow('class.csv: found 2 questions, wanted 3 at least')
  })
})

describe('a file that holds no questions is named', () => {
  it.each<readonly [text: string, found: string]>([
    ['version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 3\n', 'a Git LFS pointer'],
    ['\n<!DOCTYPE html>\n<html><p>question, answer</p></html>', 'an HTML page'],
    ['<?xml version="1.0"?><ProblemSet/>', 'an XML file'],
    ['PK\x03\x04 and more', 'a ZIP archive or an Excel workbook'],
    ['%PDF-1.7', 'a PDF document'],
    ['id,name\n1,x', 'a table (CSV) with the fields found: id, name'],
    ['Dear all,\nhere are my questions.', 'a table (CSV) with the fields found: Dear all'],
    ['Just a text', 'a text that is no table'],
    [
      '{"id": 1, "name": "x"}',
      '1 row (one JSON object), none usable (row 1: no question; fields found: id, name)',
    ],
    ['{"error": "The dataset does not exist."}', 'an error message (The dataset does not exist.)'],
    ['[]', 'an empty file (a JSON array)'],
    ['', 'an empty file'],
    [`x${'\u0001\u0002'.repeat(50)}`, 'binary data'],
    ['\x1f\x8bbroken', 'a damaged gzip file'],
  ])('%j: %s', async (text, found) => {
    const refused = await rejection(readQuestions(Buffer.from(text, 'latin1'), 'file'))
    expect(refused).toMatchObject({ code: 'task', detail: { what: 'file' } })
    expect(String(refused)).toContain(`found ${found}`)
  })
})
