import type { DawnOptions } from '../../bench/native/dawn'
import type { Command, GivenOptions } from '../options'
import { WEBGPU_PACKAGE } from './webgpu_package'

export const BENCH_NATIVE = {
  usage: 'npm run bench:native --',
  about:
    "Times every kernel of shaders/ on this machine's GPU through Dawn, without a browser, next to a plain copy " +
    `and the fastest matmul of the same device. Needs npm install --no-save ${WEBGPU_PACKAGE}.`,
  options: {
    quick: { help: '5 timings of each kernel instead of 20' },
    adapter: { value: 'NAME', help: 'The GPU whose name contains NAME, where there are several' },
    'allow-software': {
      help: 'Also run on a software adapter, on small shapes whose times say nothing of a GPU',
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
