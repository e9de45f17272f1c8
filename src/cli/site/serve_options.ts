import { readFileSync } from 'node:fs'
import type { Command, GivenOptions } from '../options'

export const SERVE = {
  usage: 'npm start --',
  about: 'Builds the page where it has changed, and serves it to this machine.',
  options: {
    lan: { help: "Also serve it to other machines of the network: a classroom's (docs/classroom.md)" },
    port: {
      value: 'N',
      help: 'Port; the next free one is taken where it is in use',
      default: '4173',
    },
    cert: { value: 'FILE', help: 'Certificate in PEM; with --key the page is served over https' },
    key: { value: 'FILE', help: 'Private key of the certificate, in PEM' },
  },
} satisfies Command

export interface ServeOptions {
  readonly lan: boolean
  readonly port: number
  /** What https takes, as PEM; null for http. */
  readonly https: { readonly cert: string; readonly key: string } | null
}

/** @throws ColloquyError `config` for values that cannot be used, and files that cannot be read */
export function serveOptions(given: GivenOptions<typeof SERVE.options>): ServeOptions {
  const read = (name: 'cert' | 'key', file: string) => {
    try {
      return readFileSync(file, 'utf8')
    } catch (cause) {
      throw given.refusal(`--${name}`, `${file}, which cannot be read (${String(cause)})`, 'a PEM file')
    }
  }
  const cert = given.text('cert')
  const key = given.text('key')
  if ((cert === null) !== (key === null))
    throw given.refusal(`--${cert === null ? 'key' : 'cert'}`, 'it alone', '--cert and --key together')
  return {
    lan: given.has('lan'),
    port: given.wholeNumber('port', 0, 65535),
    https: cert === null || key === null ? null : { cert: read('cert', cert), key: read('key', key) },
  }
}
