/**
 * Parses where a peer's model comes from: the `source` in a run configuration. Nothing here uses the network.
 */
import { ColloquyError } from '../errors'

export type ModelSource =
  /** A folder next to the page, or under the project in node; `models/ada`. */
  | { readonly kind: 'relative'; readonly path: string }
  /** A model of the hub; `hub:owner/name`, `hub:owner/name@revision`. */
  | { readonly kind: 'hub'; readonly id: string; readonly revision: string }
  /** A folder served somewhere; `https://host/path`. Ends without a slash. */
  | { readonly kind: 'url'; readonly url: string }
  /** A folder that the visitor picked; `folder:NAME`. */
  | { readonly kind: 'picked'; readonly name: string }

/** A source whose files are downloaded and kept. */
export type RemoteSource = Extract<ModelSource, { kind: 'hub' | 'url' }>

export const DEFAULT_HUB = 'https://huggingface.co'

const ID_PART = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}$/
const REVISION = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,254}$/
/** At least two characters: one letter would be a drive. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i

/**
 * Reads a source. It refuses text that a URL parser would silently repair (spaces, control characters,
 * backslashes, `//`), so that an apparent folder cannot be another site.
 * @throws ColloquyError `config` naming the problem
 */
export function parseSource(text: string): ModelSource {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: URL parsers drop them
  if (text === '' || text !== text.trim() || /[\u0000-\u001f\u007f\\]/.test(text))
    throw wrong(text, 'a source without backslashes, control characters or spaces around it')
  const scheme = SCHEME.exec(text)?.[1].toLowerCase()
  const rest = scheme === undefined ? text : text.slice(scheme.length + 1)
  switch (scheme) {
    case undefined:
      if (rest.startsWith('//') || /[?#]/.test(rest))
        throw wrong(text, 'a folder, without ?, # or a leading //')
      return { kind: 'relative', path: rest }
    case 'hub':
      return hubSource(text, rest)
    case 'folder':
      if (rest === '' || rest.includes('/')) throw wrong(text, 'folder:NAME, the name of a picked folder')
      return { kind: 'picked', name: rest }
    case 'http':
    case 'https':
      return urlSource(text)
    default:
      throw wrong(text, 'a folder, hub:owner/name, https://host/path or folder:NAME')
  }
}

function hubSource(text: string, rest: string): ModelSource {
  const [id, revision = 'main', ...more] = rest.split('@')
  const parts = id.split('/')
  const good =
    more.length === 0 &&
    parts.length <= 2 &&
    parts.every((part) => ID_PART.test(part)) &&
    !/\.\.|--|\.git$/.test(id) &&
    REVISION.test(revision) &&
    !/\.\.|\/\/|\/$/.test(revision)
  if (!good) throw wrong(text, 'hub:owner/name or hub:owner/name@revision')
  return { kind: 'hub', id, revision }
}

function urlSource(text: string): ModelSource {
  let url: URL | null = null
  try {
    url = /^https?:\/\/[^/]/i.test(text) ? new URL(text) : null
  } catch {
    // The error is thrown below.
  }
  if (url === null || url.username !== '' || url.password !== '' || /[?#]/.test(text))
    throw wrong(text, 'https://host/path, without a password, ? or #')
  if (url.protocol === 'http:' && !isNearby(url.hostname))
    throw wrong(text, 'https, or http to a machine of the local network')
  return { kind: 'url', url: url.href.replace(/\/+$/, '') }
}

/** Whether a host name means this machine or one of the local network. */
export function isNearby(host: string): boolean {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host))
    return /^(127|10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./.test(host)
  if (host.startsWith('[')) return /^\[(::1\]|f[cd]|fe[89ab])/i.test(host)
  return !host.includes('.') || /\.(localhost|local|lan|internal|home\.arpa)$/i.test(host)
}

/** Writes a source as in configurations; equal sources give equal texts. */
export function sourceName(source: ModelSource): string {
  switch (source.kind) {
    case 'relative':
      return source.path
    case 'hub':
      return `hub:${source.id}${source.revision === 'main' ? '' : `@${source.revision}`}`
    case 'url':
      return source.url
    case 'picked':
      return `folder:${source.name}`
  }
}

/** Returns the host of a source, for display. */
export function hostOf(source: RemoteSource, hub = DEFAULT_HUB): string {
  return new URL(source.kind === 'hub' ? hub : source.url).host
}

/**
 * Returns the base URL of a source's files, with a slash at the end. For a hub model this is its "resolve"
 * URL, as in transformers.js.
 */
export function baseUrl(source: RemoteSource, hub = DEFAULT_HUB): string {
  if (source.kind === 'url') return `${source.url}/`
  return `${hub.replace(/\/+$/, '')}/${source.id}/resolve/${encodeURIComponent(source.revision)}/`
}

/** Returns the URL of one file, which is also its key in the cache. */
export function fileUrl(source: RemoteSource, path: string, hub = DEFAULT_HUB): string {
  return baseUrl(source, hub) + path.split('/').map(encodeURIComponent).join('/')
}

/** Makes peers of these sources. Each id is the last part of the source; equal ids get a number. */
export function peersOf(sources: readonly string[]): { id: string; source: string }[] {
  const taken = new Set<string>()
  return sources.map((text) => {
    const source = parseSource(text)
    const name = source.kind === 'hub' ? source.id : sourceName(source).replace(/^folder:/, '')
    const last =
      name
        .split('/')
        .filter((part) => part !== '')
        .at(-1) ?? name
    let id = last
    for (let n = 2; taken.has(id); n++) id = `${last}-${n}`
    taken.add(id)
    return { id, source: sourceName(source) }
  })
}

function wrong(text: string, wanted: string): ColloquyError {
  return new ColloquyError({
    code: 'config',
    what: 'source of a model',
    found: JSON.stringify(text),
    wanted,
    todo: 'Change the source',
  })
}

/** Files of a picked folder by path; `File`s can be posted to workers. */
export type PickedFiles = Readonly<Record<string, File>>

/** Places of models besides the project's own. Readers get them; they are no part of a configuration. */
export interface ModelPlaces {
  /** Address of the hub, unless it is the default. */
  readonly hub?: string
  /**
   * Place of downloaded models: a folder in node; in a browser the URL that serves them, or the browser's
   * cache where left out.
   */
  readonly cache?: string
  /** Folders that the visitor picked, by name. */
  readonly folders?: Readonly<Record<string, PickedFiles>>
}
