import { deriveKey, type Key } from '../../random'
import { canonicalAnswer, isShort, MAX_ANSWER, writtenAnswer } from '../answers'
import type { Question } from '../task'
import { solutionSteps } from '../worked_steps'
import { type Choices, choicesOf, rightChoice, withChoices } from './choices'
import { blank, type Found, fieldsFor, type Meaning } from './field_names'
import type { Fields } from './table'
import { MAX_TEXT, plainText, spokenBy, Unusable } from './values'

const ID_KEY: Key = [0x71756573, 0x66696c65]

/** The fields of a row that became its question, by their names in the file; '' where it has none. */
export interface UsedFields {
  readonly question: string
  readonly answer: string
  readonly level: string
  readonly skill: string
}

export interface ReadRow {
  readonly question: Question
  readonly used: UsedFields
}

/**
 * Reads the question of a row. Fields that mean nothing are ignored.
 * @param base the index of a row's first choice
 * @throws Unusable where the row has no question, or no answer that can be checked
 */
export function readRow(fields: Fields, base: number): ReadRow {
  const asked = questionOf(fields)
  const choices = choicesOf(fields)
  const [answer, answerField] = answerOf(fields, choices, base)
  const text = choices === null ? asked.text : withChoices(asked.text, choices)
  const steps = stepsOf(fields)
  const [skill, skillField] = skillOf(fields)
  const [level, levelField] = levelOf(fields)
  return {
    question: { id: idOf(text), text, answer, skill, level: level ?? Math.max(1, steps.length), steps },
    used: {
      question: [...asked.names, ...(choices === null ? [] : [choices.field])].join(' + '),
      answer: answerField,
      level: levelField,
      skill: skillField,
    },
  }
}

/** Instructions of published training sets, which contradict the prompts of this task. */
const INSTRUCTIONS = [
  /^Solve the following math problem step by step\. The last line of your response should be of the form Answer: \\?\$Answer \(without quotes\) where \\?\$Answer is the answer to the problem\.\s*/,
  /\s*Remember to put your answer on its own line after "Answer:"\.?$/,
  /\s*Let's think step by step and output the final answer (?:after "####"|within \\boxed\{\})\.?$/,
  /\s*Please reason step by step,? and put your final answer within \\boxed\{\}\.?$/,
]

function questionOf(fields: Fields): { text: string; names: string[] } {
  const found = filled('question', fields)
  if (found === undefined) throw missing('question', fields)
  const [body] = fieldsFor('body', fields).filter(({ value }) => !blank(value))
  const parts = [...(body === undefined ? [] : [body]), found]
  const texts = parts.map(({ name, value }) => plainText(spokenBy('user', value, name), name))
  let text = texts.join(' ')
  for (const instruction of INSTRUCTIONS) text = text.replace(instruction, '')
  return { text: withNumbers(text, fields), names: parts.map(({ name }) => name) }
}

/** MAWPS as used for SVAMP writes `number0` for the first of its numbers; others write `N_00`. */
const PLACEHOLDER = /\b(?:number|N_)(\d+)\b/g

function withNumbers(text: string, fields: Fields): string {
  const [found] = fieldsFor('numbers', fields)
  if (found === undefined) return text
  const list = Array.isArray(found.value) ? found.value : plainText(found.value, found.name).split(/[\s,]+/)
  return text.replace(PLACEHOLDER, (placeholder, digits: string) => {
    const number = list[Number(digits)]
    if (number === undefined) throw new Unusable(`"${found.name}" has no number for ${placeholder}`)
    return plainText(number, found.name).replace(/\.0+$/, '')
  })
}

/** Returns the preferred field that has a value, else the preferred one. */
function filled(meaning: Meaning, fields: Fields): Found | undefined {
  const found = fieldsFor(meaning, fields)
  return found.find(({ value }) => !blank(value)) ?? found[0]
}

function missing(meaning: 'question' | 'answer', fields: Fields): Unusable {
  const names = Object.keys(fields).slice(0, 20).join(', ').slice(0, 300)
  return new Unusable(`no ${meaning}; fields found: ${names === '' ? 'none' : names}`)
}

/**
 * Takes the first field from which an answer can be read. After a field that cannot be read, a text counts only
 * where its answer is marked: an unmarked solution could be anything.
 */
function answerOf(fields: Fields, choices: Choices | null, base: number): [answer: string, field: string] {
  const found = fieldsFor('answer', fields)
  const none = found.find(({ value }) => typeof value === 'string' && NO_ANSWER.test(value.trim()))
  if (none !== undefined)
    throw new Unusable(`"${none.name}" is “${none.value}”, which is no answer to compare`)
  let problem: Unusable | null = null
  for (const { name, value } of found.filter((each) => !blank(each.value))) {
    if (problem !== null && choices === null && !(typeof value === 'string' && MARKED.test(value))) continue
    try {
      const said = only(spokenBy('assistant', value, name))
      return [
        choices === null ? answerIn(plainText(said, name), name) : rightChoice(choices, said, name, base),
        name,
      ]
    } catch (error) {
      if (!(error instanceof Unusable)) throw error
      problem ??= error
    }
  }
  if (problem !== null) throw problem
  if (found.length > 0) plainText(found[0].value, found[0].name)
  throw missing('answer', fields)
}

/** MAWPS has a list of solutions. Several are a list in any order. */
function only(value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return value
  return value.length === 1 ? value[0] : value.map((each) => plainText(each, 'answer')).join(', ')
}

/** What published sets write where a problem has no answer that can be compared. */
const NO_ANSWER = /^(?:proof|not ?found|see solution)\.?$/i
/** A final answer with a mark that `writtenAnswer` reads. */
const MARKED = /####|\\boxed/
/** GSM8K's model solutions end so. Elsewhere in a text such a line may be a choice. */
const LAST_LINE = /\nA:[^\r\n]*$/

function answerIn(solution: string, field: string): string {
  const marked = MARKED.test(solution)
  const worked = marked || LAST_LINE.test(solution)
  if (!worked && /[\r\n]/.test(solution))
    throw new Unusable(`"${field}" has several lines, and neither #### nor \\boxed{}`)
  if (!worked && !isShort(solution))
    throw new Unusable(
      `"${field}" is longer than ${MAX_ANSWER} characters, and has neither #### nor \\boxed{}`,
    )
  const answer = worked ? writtenAnswer(solution, marked ? undefined : ['a-line']) : solution
  if (answer === null)
    throw new Unusable(
      `"${field}" has no answer of at most ${MAX_ANSWER} characters after #### or in \\boxed{}`,
    )
  if (canonicalAnswer(answer) === '') throw new Unusable(`no answer can be read in "${field}"`)
  return answer
}

function stepsOf(fields: Fields): readonly string[] {
  for (const { value } of fieldsFor('solution', fields)) {
    const steps = typeof value === 'string' && value.length <= MAX_TEXT ? solutionSteps(value) : []
    if (steps.length > 0) return steps
  }
  return []
}

/** Maximum characters of a skill; a longer text describes something else. */
const MAX_SKILL = 60
const NO_SKILL = 'question'

function skillOf(fields: Fields): [skill: string, field: string] {
  for (const { name, value } of fieldsFor('skill', fields))
    if (typeof value === 'string' && !blank(value) && value.length <= MAX_SKILL) return [value.trim(), name]
  return [NO_SKILL, '']
}

/** MATH writes `Level 5`. */
const LEVEL = /^(?:level|grade)?\s*(\d{1,2})(?:\.0+)?$/i

function levelOf(fields: Fields): [level: number | null, field: string] {
  for (const { name, value } of fieldsFor('level', fields)) {
    const level = Number(LEVEL.exec(String(value).trim())?.[1] ?? 0)
    if (level > 0) return [level, name]
  }
  return [null, '']
}

/** Derives the id from the words alone: whatever its spacing, a question keeps its id and its split. */
function idOf(text: string): string {
  const letters = Array.from(text.replace(/\s+/g, ' '), (letter) => letter.codePointAt(0) ?? 0)
  return deriveKey(ID_KEY, ...letters)
    .map((bits) => bits.toString(16).padStart(8, '0'))
    .join('')
}
