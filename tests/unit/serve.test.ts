import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lanAddresses } from '../../src/cli/site/lan_addresses'
import { SERVE, serveOptions } from '../../src/cli/site/serve_options'
import { failure } from '../failure'
import { commandLine } from './command_line'

const parse = commandLine(SERVE, serveOptions)

const ADDRESS = { netmask: '', mac: '', cidr: null, internal: false } as const
const v4 = (address: string, internal = false) => ({ ...ADDRESS, family: 'IPv4' as const, address, internal })

test('prints the addresses of this machine that others can use', () => {
  const interfaces = {
    lo: [v4('127.0.0.1', true)],
    wifi: [v4('192.168.1.20'), { ...ADDRESS, family: 'IPv6' as const, address: 'fe80::1', scopeid: 2 }],
    cable: [v4('169.254.7.7'), v4('10.0.0.5')],
    none: undefined,
  }
  expect(lanAddresses('https://localhost:4174/', interfaces)).toEqual([
    'https://192.168.1.20:4174/',
    'https://10.0.0.5:4174/',
  ])
})

test('serves the page to this machine, over http, by default', () => {
  expect(parse([])).toEqual({ lan: false, port: 4173, https: null })
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-serve-'))
  const [cert, key] = ['cert', 'key'].map((name) => {
    writeFileSync(join(folder, name), `the ${name}`)
    return join(folder, name)
  })
  expect(parse(['--lan', '--port=8000', '--cert', cert, '--key', key])).toEqual({
    lan: true,
    port: 8000,
    https: { cert: 'the cert', key: 'the key' },
  })
})

test('contradictory options are reported', () => {
  for (const [args, what] of [
    [['--port', '80x'], '--port'],
    [['--port', '70000'], '--port'],
    [['--cert', 'cert.pem'], '--cert'],
    [['--cert', 'none.pem', '--key', 'none.pem'], '--cert'],
    [['--host'], 'option --host'],
    [['elsewhere'], 'argument'],
  ] as const)
    expect(failure(() => parse(args)).detail).toMatchObject({
      code: 'config',
      what,
      todo: 'See npm start -- --help',
    })
})
