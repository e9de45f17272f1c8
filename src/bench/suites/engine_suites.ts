import type { EngineSuite } from '../suite'
import { decode } from './decode'
import { f16 } from './f16'
import { logprobs } from './logprobs'
import { model } from './model'
import { scaling } from './scaling'
import { train } from './train'

/** The suites that run where the engines are, in a page or in node, and need no command around them. */
export const ENGINE_SUITES = { decode, logprobs, train, scaling, f16, model } satisfies Record<
  string,
  EngineSuite
>

export type EngineSuiteName = keyof typeof ENGINE_SUITES
