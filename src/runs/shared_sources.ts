/** Checks which files and hosts a run from someone else names. */

import type { RunConfig } from '../config/config'
import { ColloquyError } from '../errors'
import { hostOf, parseSource } from '../hub/source'

const LONGEST_NAME = 64
const LONGEST_SOURCE = 400
const LONGEST_FILE = 1000

/** A host that a run needs something from. */
export interface Origin {
  /** Host with its port. */
  readonly host: string
  readonly what: 'model' | 'questions'
  /** The model, or the address of the questions. */
  readonly name: string
}

/**
 * Checks that a configuration names nothing that exists on only one machine or lies outside the project's
 * folder, and that its texts can be displayed.
 * @throws ColloquyError `config` naming the setting
 */
export function checkSources({ peers, questionFile }: RunConfig): void {
  for (const [i, { id, source }] of peers.entries()) {
    checkText(`peers.${i}.id`, id, LONGEST_NAME)
    checkText(`peers.${i}.source`, source, LONGEST_SOURCE)
    if (parseSource(source).kind === 'relative') checkInside(`peers.${i}.source`, source)
  }
  if (questionFile === null) return
  checkText('questionFile', questionFile, LONGEST_FILE)
  if (!isPlainAddress(questionFile)) checkInside('questionFile', questionFile)
}

/** Returns the hosts that the run needs besides the page's own server, each once. Contacts none of them. */
export function originsOf(config: RunConfig, hub?: string): Origin[] {
  const models = [...new Set(config.peers.map(({ source }) => source))].flatMap((name): Origin[] => {
    const source = parseSource(name)
    return source.kind === 'hub' || source.kind === 'url'
      ? [{ host: hostOf(source, hub), what: 'model', name }]
      : []
  })
  const questions = questionsElsewhere(config)
  return questions === null
    ? models
    : [...models, { host: questions.host, what: 'questions', name: questions.href }]
}

/**
 * Returns the address that a run fetches its questions from; null where they lie beside the page, or the task
 * generates them.
 */
export function questionsElsewhere({ task, questionFile }: RunConfig): URL | null {
  if (task !== 'question-file' || questionFile === null || !URL.canParse(questionFile)) return null
  const url = new URL(questionFile)
  return /^https?:$/.test(url.protocol) ? url : null
}

/** Whether a link's file has a plain address: no password, and nothing that a URL parser has to repair. */
function isPlainAddress(file: string): boolean {
  if (!/^https?:\/\/[^/]/i.test(file) || !URL.canParse(file)) return false
  const { username, password } = new URL(file)
  return username === '' && password === ''
}

function checkText(what: string, text: string, most: number): void {
  if (text.length > most)
    throw wrong(what, `${text.length} characters`, `at most ${most} characters in a link`, 'Shorten it')
  // Control and formatting characters can make one name look like another.
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text))
    throw wrong(what, JSON.stringify(text), 'text without control characters', 'Change it')
}

function checkInside(what: string, path: string): void {
  // URL parsers read `%2e` as a dot.
  const parts = path.replace(/%2e/gi, '.').split('/')
  if (/^[a-z][a-z0-9+.-]*:|\\/i.test(path) || parts[0] === '' || parts.includes('..'))
    throw wrong(
      what,
      JSON.stringify(path),
      'an https:// address, or a path in the page’s own folder',
      'Put it where others can get it too',
    )
}

function wrong(what: string, found: string, wanted: string, todo: string): ColloquyError {
  return new ColloquyError({ code: 'config', what, found, wanted, todo })
}
