/** The peers as the visitor has chosen them. Small: it is part of what the page loads first. */
import type { RunConfig } from '../../runs/config'

export type PeerChoice = RunConfig['peers'][number]

/** Whether a source is something else than a folder beside the page. Whether it is a good one is not looked at. */
export function isElsewhere(source: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(source)
}

/** A source for people: what it is called, and where it is. */
export function sourceLabel(source: string): { readonly name: string; readonly place: string } {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(source) ?? [null, '', source]
  switch (scheme.toLowerCase()) {
    case '':
      return { name: rest.replace(/^models\//, ''), place: 'comes with this page' }
    case 'hub':
      return { name: rest, place: 'from the model hub' }
    case 'folder':
      return { name: rest, place: 'a folder on this computer' }
    default:
      return { name: source, place: 'a folder on a server' }
  }
}
