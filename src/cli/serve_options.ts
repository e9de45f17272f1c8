import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ColloquyError } from '../errors'

export const SERVE_HELP = `npm start -- [options]

Builds the page where it has changed, and serves it to this machine.

  --lan         To other machines of the network, too: a classroom's (docs/classroom.md)
  --port N      Where; 4173 unless given, or the next one that is free
  --cert FILE   A certificate, and
  --key FILE    its private key, both PEM: serves https, without which browsers leave much out on other machines
  --help        This text
`

export interface ServeOptions {
  readonly help: boolean
  readonly lan: boolean
  readonly port: number
  /** What https takes, as PEM; null for http. */
  readonly https: { readonly cert: string; readonly key: string } | null
}

/** @throws ColloquyError `config` for options that are none, or files that cannot be read */
export function parseServeOptions(args: readonly string[]): ServeOptions {
  const { help = false, lan = false, port = '4173', cert, key } = parsed(args)
  const number = Number(port)
  if (!/^\d+$/.test(port) || number > 65535) throw wrong(`--port ${port}`, 'a number up to 65535')
  if ((cert === undefined) !== (key === undefined))
    throw wrong(`--${cert === undefined ? 'key' : 'cert'} alone`, '--cert and --key together')
  const https = cert === undefined || key === undefined ? null : { cert: read(cert), key: read(key) }
  return { help, lan, port: number, https }
}

function parsed(args: readonly string[]) {
  try {
    const options = {
      help: { type: 'boolean', short: 'h' },
      lan: { type: 'boolean' },
      port: { type: 'string' },
      cert: { type: 'string' },
      key: { type: 'string' },
    } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error), 'options of this command')
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw wrong(`${file}, which cannot be read (${String(cause)})`, 'a PEM file')
  }
}

function wrong(found: string, wanted: string): ColloquyError {
  return new ColloquyError({
    code: 'config',
    what: 'npm start',
    found,
    wanted,
    todo: 'See npm start -- --help',
  })
}
