/** The supported model families. */
import type { ModelConfig, ModelType } from '../import/config'
import type { Family } from './family'
import { GEMMA3 } from './gemma3'
import { GRANITE, GRANITE4 } from './granite'
import { LLAMA } from './llama'
import { OLMO2 } from './olmo2'
import { QWEN2, QWEN3 } from './qwen'
import { SMOLLM3 } from './smollm3'

export const FAMILIES: Readonly<Record<ModelType, Family>> = {
  llama: LLAMA,
  qwen2: QWEN2,
  qwen3: QWEN3,
  gemma3_text: GEMMA3,
  smollm3: SMOLLM3,
  granite: GRANITE,
  granitemoehybrid: GRANITE4,
  olmo2: OLMO2,
}

export function familyOf({ modelType }: Pick<ModelConfig, 'modelType'>): Family {
  return FAMILIES[modelType]
}
