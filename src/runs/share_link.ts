/**
 * Links to runs: `PAGE#run=…&hide=…&autostart=1&lesson=3`, and `&embed=1` for the page in a frame
 * (`src/app/embed/`). Nothing here uses the network or writes anything.
 */
import { ColloquyError, clipped } from '../errors'
import { type Hideable, isHideable, LESSON_PAGES, type Lesson, PANELS } from './lesson'
import { MOST_PACKED_CHARACTERS, pack, unpack } from './packed_text'
import { MOST_MARKS } from './reproduction'
import { fromPayload, type Payload, type SharedRun, toPayload } from './shared_run'

/** Maximum characters of a link; some programs cut longer ones. */
export const LONGEST_LINK = 2000
/** Maximum characters after `#`: a run, and a list of everything that can be hidden. */
const LONGEST_FRAGMENT = 4000

const PARAMETERS = ['run', 'hide', 'autostart', 'lesson', 'embed'] as const
const NO_LESSON: Lesson = { hide: [], autostart: false, page: null }

export interface OpenedLink extends Lesson {
  /** Null where the link only hides parts of the page or only opens the lesson. */
  readonly shared: SharedRun | null
}

/**
 * Returns the link to a run, of at most `LONGEST_LINK` characters. If the result does not fit, digests of
 * steps are left out, then the whole result.
 * @param page the page's address, or '' for the part from `#` on
 * @throws ColloquyError `config` where the settings alone are too long, naming the longest, and as
 * `toPayload`
 */
export function shareLink(page: string, shared: Omit<SharedRun, 'drifted'>, lesson = NO_LESSON): string {
  const base = page.replace(/#.*$/s, '')
  const rest = [
    ...(lesson.hide.length > 0 ? [`hide=${lesson.hide.join(',')}`] : []),
    ...(lesson.autostart ? ['autostart=1'] : []),
    ...(lesson.page === null ? [] : [`lesson=${lesson.page}`]),
  ]
  const link = (payload: Payload) => {
    const text = packed(payload)
    const whole = text === null ? null : `${base}#${[`run=${text}`, ...rest].join('&')}`
    return whole !== null && whole.length <= LONGEST_LINK ? whole : null
  }
  for (let marks = MOST_MARKS; ; marks = Math.floor(marks / 2)) {
    const found = link(toPayload(shared, marks))
    if (found !== null) return found
    if (marks === 0) break
  }
  const bare = toPayload({ ...shared, result: null }, 0)
  const found = link(bare)
  if (found !== null) return found
  const [longest, size] = Object.entries(bare.config)
    .map(([name, value]): [string, number] => [name, JSON.stringify(value).length])
    .reduce((a, b) => (b[1] > a[1] ? b : a))
  throw new ColloquyError({
    code: 'config',
    what: longest,
    found: `${size} characters`,
    wanted: `a link of at most ${LONGEST_LINK} characters in all`,
    todo: `Shorten ${longest}`,
  })
}

/** Packs a payload; null where it would be too long to unpack. */
function packed(payload: Payload): string | null {
  try {
    const text = pack(payload)
    return text.length <= MOST_PACKED_CHARACTERS ? text : null
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/**
 * Reads a link, or its part from `#` on; null where it has none of our parameters.
 * @throws ColloquyError `config` naming the part, and its field, that cannot be used
 */
export function readLink(link: string): OpenedLink | null {
  const fragment = link.includes('#') ? link.slice(link.indexOf('#') + 1) : ''
  const parts = fragment.split('&').map((part) => part.split('='))
  if (!parts.some(([name]) => isParameter(name))) return null
  if (fragment.length > LONGEST_FRAGMENT)
    throw wrong('link', `${fragment.length} characters after #`, `at most ${LONGEST_FRAGMENT}`)
  const given = new Map<string, string>()
  for (const [name, ...value] of parts) {
    if (!isParameter(name))
      throw wrong('link', `a part named ${shown(name)}`, `parts named ${PARAMETERS.join(', ')}`)
    if (given.has(name)) throw wrong(`link: ${name}`, 'this part twice', 'this part once')
    given.set(name, value.join('='))
  }
  const run = given.get('run')
  switched('embed', given.get('embed'))
  return {
    hide: hidden(given.get('hide')),
    autostart: switched('autostart', given.get('autostart')),
    page: paged(given.get('lesson')),
    shared: run === undefined ? null : fromPayload(unpack(run, 'link: run')),
  }
}

function isParameter(name: string): name is (typeof PARAMETERS)[number] {
  return PARAMETERS.some((known) => known === name)
}

function hidden(text: string | undefined): Hideable[] {
  // Some programs encode commas.
  const names = text === undefined || text === '' ? [] : text.replace(/%2c/gi, ',').split(',')
  return names.map((name) => {
    if (!isHideable(name))
      throw wrong('link: hide', shown(name), `a setting, or one of: ${PANELS.join(', ')}`)
    return name
  })
}

function switched(name: string, text: string | undefined): boolean {
  if (text !== undefined && text !== '1' && text !== '0') throw wrong(`link: ${name}`, shown(text), '1 or 0')
  return text === '1'
}

function paged(text: string | undefined): number | null {
  if (text === undefined) return null
  const page = LESSON_PAGES.findIndex((_, i) => String(i + 1) === text) + 1
  if (page === 0)
    throw wrong('link: lesson', shown(text), `the number of a page, 1 to ${LESSON_PAGES.length}`)
  return page
}

function shown(text: string): string {
  return JSON.stringify(clipped(text, 60))
}

function wrong(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'Check the link, or ask for another one'
  return new ColloquyError({ code: 'config', what, found, wanted, todo })
}
