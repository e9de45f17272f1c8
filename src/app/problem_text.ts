/** What a visitor reads of an error: one or two sentences, made of its four parts. */

import { SETTING_NAMES, type SettingName, settingDomain } from '../config/setting_domain'
import { capital } from './format'
import { settingLabel } from './settings/settings'
import { type Problem, problemOf } from './state'

type Typed = Required<Problem>

export const IN_A_FRAME = 'run in a frame'

/** Returns an error in sentences. Where no rule fits, these are its parts: what, found, todo. */
export function problemText({ what, found, wanted, todo }: Problem): string {
  if (found === undefined || wanted === undefined || todo === undefined) return sentence(what)
  const typed = { what, found, wanted, todo }
  for (const rule of [linkText, settingText, keptText, modelText, machineText, questionText]) {
    const text = rule(typed)
    if (text !== null) return text
  }
  // An address is written as it is.
  const name = /^https?:/.test(what) ? what : capital(what)
  return `${name}: ${sentence(withLabels(found))} ${sentence(withLabels(todo))}`
}

export function errorText(error: unknown): string {
  return problemText(problemOf(error))
}

function linkText({ what, found, todo }: Typed): string | null {
  if (what === IN_A_FRAME)
    return `This run needs ${found}, which does not come with this page, so it cannot run in a frame. Open the full page.`
  if (what !== 'link' && !what.startsWith('link: ')) return null
  if (/newer Colloquy/.test(todo)) return 'This link is from a newer Colloquy. Reload the page.'
  if (what === 'link: run') return 'This link is incomplete. Copy all of it again.'
  const part = what === 'link' ? '' : ` (${what.slice('link: '.length)})`
  return `This link has ${found}, which this page does not understand${part}. Ask for another link.`
}

function settingText({ what, found, wanted, todo }: Typed): string | null {
  if (what === 'source of a model') return `${quoted(found)} is no address of a model. Change it.`
  if (what === 'address of the hub')
    return `${quoted(found)} is no address of a hub. Enter one such as https://huggingface.co.`
  if (/^a link of at most/.test(wanted)) return `The link would be too long. ${sentence(withLabels(todo))}`
  if (what === 'peers' && found.endsWith(' alone'))
    return `${found} cannot learn from others. ${sentence(todo)}`
  const name = SETTING_NAMES.find((one) => one === what)
  if (name === undefined) return null
  const label = settingLabel(name) ?? name
  if (/ in a link$/.test(wanted)) return `${label}: ${found} are too many for a link. ${sentence(todo)}`
  const wish = wishOf(name)
  return wish === null ? `${label}: ${sentence(withLabels(found))} ${sentence(todo)}` : `${label}: ${wish}.`
}

/** What a visitor is to enter or choose; null where any text will do. */
function wishOf(name: SettingName): string | null {
  const domain = settingDomain(name)
  if (domain.kind === 'choice' || domain.kind === 'choices')
    return `choose ${domain.kind === 'choice' ? 'one' : 'some'} of ${domain.options.join(', ')}`
  if (domain.kind !== 'number') return null
  const range = domain.range
    .replace(/^at least (\S+)$/, ', $1 or more')
    .replace(/^(\S+) to (\S+)$/, ' from $1 to $2')
    .replace(/^a/, ' a')
    .replace(', at most', ' and at most')
  const number = `enter a ${domain.whole ? 'whole ' : ''}number${range}`
  return domain.optional ? `${number}, or leave it empty` : number
}

function keptText({ what, found, todo }: Typed): string | null {
  if (found === 'it runs in another tab of this browser')
    return 'This run goes on in another tab. Read along here, or stop it there.'
  if (found === 'a browser that lets this page keep nothing')
    return `This browser lets the page keep nothing. ${sentence(todo)}`
  if (found === 'no space left for this site')
    return 'This site has no space left. Delete kept runs, or free disk space.'
  if (found === 'a database of a newer Colloquy')
    return 'A newer Colloquy has kept runs here. Reload the page.'
  if (what.startsWith('saved run ') && found === 'no checkpoint yet')
    return 'Nothing of this run is saved yet. Start it again.'
  if (what.startsWith('saved run ')) return `The ${what} cannot be read (${found}). ${sentence(todo)}`
  if (!what.startsWith('run file')) return null
  const part = what.slice('run file, '.length)
  if (part === 'archive') return 'This file is not a run of Colloquy. Choose a .colloquy.zip file.'
  if (/newer Colloquy/.test(todo)) return 'This run file is from a newer Colloquy. Reload the page.'
  return part === ''
    ? `This run file has ${found}, which is too much. ${sentence(todo)}`
    : `This run file is damaged (${part}). ${sentence(todo)}`
}

function modelText({ what, found, wanted, todo }: Typed): string | null {
  const kept = /; (the .+ that came are kept)/.exec(found)
  const rest = kept === null ? '' : ` ${sentence(capital(kept[1]))}`
  const host = /^no connection to ([^\s,]+)/.exec(found)?.[1]
  if (host !== undefined)
    return /Access-Control/.test(todo)
      ? `${host} could not be reached. Are you online? It also has to let other pages read its files (CORS: Access-Control-Allow-Origin).`
      : `${host} could not be reached. Are you online?${rest}`
  if (/^HTTP 40[13]/.test(found))
    return `There is no model of the name ${what}, or it is private. ${sentence(todo)}`
  if (/^HTTP (404|410)/.test(found)) return `${what} was not found. ${sentence(todo)}`
  const status = /^HTTP (\d+)/.exec(found)?.[1]
  if (status !== undefined)
    return `The server of ${what} answers with error ${status}. Try again later.${rest}`
  if (found === 'no such file') return `${what} was not found. ${sentence(todo)}`
  const tokens = /^(\d+) tokens/.exec(found)?.[1]
  const positions = /model's (\d+) positions/.exec(wanted)?.[1]
  if (tokens === undefined || positions === undefined) return null
  const models = Number(positions) < MOST_OF_TINY ? 'these tiny models' : 'these models'
  return `Too long for ${models} (${tokens} of ${positions} tokens).`
}

/** Tokens: a model that reads fewer at once is tiny. */
const MOST_OF_TINY = 1024

function machineText({ what, found, todo }: Typed): string | null {
  if (what === 'backend "webgpu"')
    return 'This browser has no usable WebGPU. Choose wasm, or another browser.'
  if (what === 'GPU device') {
    const [why] = found.split(' (')
    return `The graphics card stopped: ${why}. ${sentence(withLabels(todo))}`
  }
  if (what === 'memory of this run')
    return `Too little memory: ${sentence(found)} ${sentence(withLabels(todo))}`
  if (what.startsWith('worker of ') || what === 'code judge')
    return `The ${what} has stopped: ${found}. ${sentence(todo)}`
  return null
}

function questionText({ what, found, wanted }: Typed): string | null {
  if (what === 'your question' && found === 'nothing') return 'Type a question, or take an example.'
  if (what !== 'your right answer') return null
  return found === 'nothing'
    ? 'Type the right answer, or leave it out.'
    : `${found} cannot be checked. Write ${wanted}, or leave the answer out.`
}

/** A text with settings as the page calls them. Names of one word are words of their own. */
export function withLabels(text: string): string {
  return text.replace(/\b[a-z]+[A-Z]\w*\b/g, (word) => {
    const name = SETTING_NAMES.find((one) => one === word)
    const label = name === undefined ? null : settingLabel(name)
    return label === null ? word : `“${label}”`
  })
}

/** Turns JSON’s quotes into typographic ones. */
function quoted(json: string): string {
  return json.replace(/^"(.*)"$/s, '“$1”')
}

function sentence(text: string): string {
  return /[.?!…]$/.test(text) ? text : `${text}.`
}
