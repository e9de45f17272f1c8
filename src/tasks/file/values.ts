import { parseRational } from '../rational'
import { type Fields, isFields } from './table'

/** The reason why a row cannot be used. `readQuestions` reports it. */
export class Unusable extends Error {}

/** Maximum characters of a text. A longer question fits no small model. */
export const MAX_TEXT = 100_000

/** @throws Unusable for a value that is neither a text nor an exact number */
export function plainText(value: unknown, field: string): string {
  if (typeof value === 'number') return numberText(value, field)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'string') throw new Unusable(`"${field}" is ${kindOf(value)}, not a text or number`)
  if (value.trim() === '') throw new Unusable(`"${field}" is empty`)
  if (value.length > MAX_TEXT) throw new Unusable(`"${field}" is longer than ${MAX_TEXT} characters`)
  return value.trim()
}

/**
 * Returns a number as the file states it. A number that JavaScript rounds or writes with an exponent would be
 * another answer.
 */
function numberText(value: number, field: string): string {
  const text = String(value)
  const exact = Number.isInteger(value) ? Number.isSafeInteger(value) : parseRational(text) !== null
  if (!exact) throw new Unusable(`"${field}" is a number that is not exact; write it in quotes`)
  return text
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : typeof value
}

/** Returns the messages of a conversation; null for a value that is none. */
function messagesOf(value: unknown): readonly Fields[] | null {
  const list = Array.isArray(value) ? value : null
  return list !== null && list.length > 0 && list.every((each) => isFields(each) && roleOf(each) !== '')
    ? list
    : null
}

const roleOf = ({ role, from }: Fields): string => {
  const name = role ?? from
  return name === 'human' ? 'user' : name === 'gpt' ? 'assistant' : typeof name === 'string' ? name : ''
}

/**
 * Returns what a role says in a conversation, or the value itself where it is none.
 * @throws Unusable for a conversation in which the role does not speak exactly once
 */
export function spokenBy(speaker: 'user' | 'assistant', value: unknown, field: string): unknown {
  const messages = messagesOf(value)
  if (messages === null) return value
  const [first, second] = messages.filter((message) => roleOf(message) === speaker)
  if (second !== undefined) throw new Unusable(`"${field}" is a conversation of several turns`)
  if (first === undefined)
    throw new Unusable(
      `"${field}" is a conversation without ${speaker === 'user' ? 'a question' : 'an answer'}`,
    )
  return first.content ?? first.value
}
