/** Facts about a model before its weights are here, from its small files and the sizes of the large ones. */
import { ColloquyError } from '../../errors'
import type { PromptStyle } from '../peer'
import { chatTemplateOf, promptStyleOf } from './chat'
import type { ModelConfig } from './config'
import type { Dtype } from './folder_files'
import { readModelConfig } from './import_config'

/** An available dtype and the bytes of its files: of all together, and of the largest. */
export interface DtypeFiles {
  readonly dtype: Dtype
  readonly bytes: number
  readonly largest: number
}

export interface ModelOutline {
  /** Config as config.json states it. */
  readonly config: ModelConfig
  readonly dtypes: readonly DtypeFiles[]
  /** How it answers by default. */
  readonly promptStyle: PromptStyle
  /** True where thinking can be chosen. */
  readonly choosesThinking: boolean
}

/** Files that an outline is made of; the last two may be missing. */
export const OUTLINE_FILES = ['config.json', 'tokenizer_config.json', 'chat_template.jinja'] as const

/** Texts of `OUTLINE_FILES`. */
export type OutlineTexts = Readonly<Partial<Record<(typeof OUTLINE_FILES)[number], string>>>

/**
 * Reads an outline.
 * @param what the model's name, for errors
 * @returns null without config.json
 * @throws ColloquyError `model-file` or `model-architecture` for a model that cannot be used
 */
export async function outlineOf(
  what: string,
  texts: OutlineTexts,
  dtypes: ModelOutline['dtypes'],
): Promise<ModelOutline | null> {
  const stated = texts['config.json']
  if (stated === undefined) return null
  const config = readModelConfig(jsonOf(stated, `${what}/config.json`), `${what}/config.json`)
  const tokenizerConfig = jsonOf(texts['tokenizer_config.json'] ?? '{}', `${what}/tokenizer_config.json`)
  const template = chatTemplateOf({ tokenizerConfig, chatTemplate: texts['chat_template.jinja'] })
  const answers =
    template === null
      ? { promptStyle: 'plain' as const, choosesThinking: false }
      : await promptStyleOf(template, tokenizerConfig, what)
  return { config, dtypes, ...answers }
}

function jsonOf(text: string, what: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    // The error below reports it.
  }
  throw new ColloquyError({
    code: 'model-file',
    what,
    found: `${text.length} characters that are not a JSON object`,
    wanted: 'a JSON object',
    todo: 'Download or export the model again',
  })
}
