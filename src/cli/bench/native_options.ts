import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DawnOptions } from '../../bench/native/dawn'
import { ColloquyError } from '../../errors'
import type { Command, GivenOptions } from '../options'

/** Dawn for node. Only two benchmarks use its 132 MB, so `npm ci` leaves it out. */
export const WEBGPU_PACKAGE = 'webgpu@0.6.2'

export const BENCH_NATIVE = {
  usage: 'npm run bench:native --',
  about:
    "Times every kernel of shaders/ on this machine's GPU through Dawn, without a browser, next to a plain copy " +
    `and the fastest matmul of the same device. Needs npm install --no-save ${WEBGPU_PACKAGE}.`,
  options: {
    quick: { help: '5 timings of each kernel instead of 20' },
    adapter: { value: 'NAME', help: 'The GPU whose name contains NAME, where there are several' },
    'allow-software': {
      help: 'Also run on a software adapter, on small shapes whose times say nothing about a GPU',
    },
    json: { value: 'FILE', help: 'Also write every timing to FILE' },
  },
} satisfies Command

export interface NativeOptions extends DawnOptions {
  readonly quick: boolean
  /** Where the timings go, or null. */
  readonly json: string | null
}

export function nativeOptions(given: GivenOptions<typeof BENCH_NATIVE.options>): NativeOptions {
  return {
    quick: given.has('quick'),
    adapter: given.text('adapter'),
    allowSoftware: given.has('allow-software'),
    json: given.text('json'),
  }
}

/**
 * Returns the version of the `webgpu` package below a project's folder.
 * @param command the command that needs it
 * @throws ColloquyError `backend` if it is not installed
 */
export function webgpuVersion(root: string, command: string): string {
  const path = join(root, 'node_modules/webgpu/package.json')
  if (!existsSync(path))
    throw new ColloquyError({
      code: 'backend',
      what: command,
      found: 'no package webgpu, which npm ci does not install',
      wanted: 'Dawn for node',
      todo: `npm install --no-save ${WEBGPU_PACKAGE}`,
    })
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }
  return version
}
