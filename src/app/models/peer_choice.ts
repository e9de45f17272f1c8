/** The peers as the visitor has chosen them. Small: it is part of what the page loads first. */
import type { RunConfig } from '../../runs/config'

export type PeerChoice = RunConfig['peers'][number]

/** Whether a source is something else than a folder beside the page. Whether it is a good one is not looked at. */
export function isElsewhere(source: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(source)
}

/** What a build puts under models/. Tests in node have no such list. */
declare const SHIPPED_FILES: readonly string[]

/** Whether a source is a folder of models that comes with the page. */
export function comesWithPage(source: string): boolean {
  const files = typeof SHIPPED_FILES === 'undefined' ? [] : SHIPPED_FILES
  return files.includes(`${source}/config.json`)
}

/** A source for people: what it is called, and where it is. */
export function sourceLabel(source: string): { readonly name: string; readonly place: string } {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(source) ?? [null, '', source]
  switch (scheme.toLowerCase()) {
    case '':
      return {
        name: rest.replace(/^models\//, ''),
        place: comesWithPage(source) ? 'comes with this page' : 'a folder beside this page',
      }
    case 'hub':
      return { name: rest, place: 'from the model hub' }
    case 'folder':
      return { name: rest, place: 'a folder on this computer' }
    default:
      return { name: source, place: 'a folder on a server' }
  }
}
