/** Instructed models: a prompt is a user's message in the form of the model's chat template. */
import type { Template } from '@huggingface/jinja'
import type { Tokenizer } from '@huggingface/tokenizers'
import { ColloquyError } from '../../errors'
import type { PromptStyle } from '../peer'
import { decoded, type Voice } from '../voice'

/** The parts of a model folder that a chat needs. */
export interface ChatFolder {
  readonly tokenizerConfig: object
  /** Template of the file beside tokenizer_config.json, which overrides the one inside that file. */
  readonly chatTemplate?: string
  /** Ids that end a completion; at least one. */
  readonly stopIds: readonly number[]
}

export interface ChatOptions {
  /** The model folder's name, for errors. */
  readonly source: string
  /** True for a model that has to think before it answers, where its template leaves that open. */
  readonly thinking: boolean
}

/** Returns the folder's chat template; of several the one named `default`. Null where it has none. */
export function chatTemplateOf({
  tokenizerConfig,
  chatTemplate,
}: Omit<ChatFolder, 'stopIds'>): string | null {
  const stated = chatTemplate ?? fieldOf(tokenizerConfig, 'chat_template')
  if (typeof stated === 'string') return stated
  const named: unknown[] = Array.isArray(stated) ? stated : []
  const found = fieldOf(
    named.find((entry) => fieldOf(entry, 'name') === 'default'),
    'template',
  )
  return typeof found === 'string' ? found : null
}

/**
 * Returns the voice of an instructed model.
 * @param template as `chatTemplateOf` finds it
 * @throws ColloquyError `model-file` where the template cannot be used, `config` where it cannot make the
 * model think
 */
export async function chatVoice(
  tokenizer: Tokenizer,
  folder: ChatFolder,
  template: string,
  options: ChatOptions,
): Promise<Voice> {
  const chat = await ChatTemplate.read(template, folder, options)
  const asked = chat.rendered([user('?')])
  const begun = endsThinking(asked)
  if (options.thinking && !begun && asked === chat.withThinking(false).rendered([user('?')]))
    throw noThinking(options.source, 'a chat template that ignores enable_thinking')
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids
  const stop = turnEnd(chat, encode, folder.stopIds)
  const thinks = options.thinking || begun
  // Answers that a thinking peer learns have no thoughts, so they begin as the model itself begins such an
  // answer.
  const opening = thinks ? noThoughts(begun) : ''
  return {
    promptStyle: thinks ? 'thinking' : 'instructed',
    prompt: (text) => encode(chat.rendered([user(text.trim())])),
    text: (ids) => withoutThoughts(decoded(tokenizer, ids), begun),
    decode: (ids) => decoded(tokenizer, ids),
    answer: (text) => [...encode(opening + text), stop],
  }
}

/** Returns a `config` error for a model that cannot be made to think. */
export function noThinking(source: string, found = 'a model without chat template'): ColloquyError {
  return new ColloquyError({
    code: 'config',
    what: `thinking of ${source}`,
    found,
    wanted: 'a chat template that knows enable_thinking, as Qwen3 has',
    todo: 'Leave thinking out, or choose another model',
  })
}

/**
 * Returns how the template's model answers by default, and whether thinking can be chosen. @throws
 * ColloquyError `model-file`
 */
export async function promptStyleOf(
  template: string,
  tokenizerConfig: object,
  source: string,
): Promise<{ readonly promptStyle: PromptStyle; readonly choosesThinking: boolean }> {
  const chat = await ChatTemplate.read(template, { tokenizerConfig }, { source, thinking: false })
  const asked = chat.rendered([user('?')])
  return {
    promptStyle: endsThinking(asked) ? 'thinking' : 'instructed',
    choosesThinking: asked !== chat.withThinking(true).rendered([user('?')]),
  }
}

interface Message {
  readonly role: 'user' | 'assistant'
  readonly content: string
}

function user(content: string): Message {
  return { role: 'user', content }
}

class ChatTemplate {
  private constructor(
    private readonly template: Template,
    private readonly variables: Readonly<Record<string, unknown>>,
    private readonly source: string,
  ) {}

  static async read(
    text: string,
    folder: Pick<ChatFolder, 'tokenizerConfig'>,
    options: ChatOptions,
  ): Promise<ChatTemplate> {
    // The import is loaded only for models with a template.
    const { Template } = await import('@huggingface/jinja')
    const variables = {
      ...specialTokens(folder.tokenizerConfig),
      fixed_date: fixedDate,
      enable_thinking: options.thinking,
    }
    return new ChatTemplate(
      usable(options.source, () => new Template(WITHOUT_CLOCK + text)),
      variables,
      options.source,
    )
  }

  withThinking(thinking: boolean): ChatTemplate {
    return new ChatTemplate(this.template, { ...this.variables, enable_thinking: thinking }, this.source)
  }

  /**
   * Renders a conversation as text, up to where the model continues. With `closed` it ends after the model's
   * own words.
   */
  rendered(messages: readonly Message[], closed = false): string {
    const variables = { ...this.variables, messages, add_generation_prompt: !closed }
    return usable(this.source, () => this.template.render(variables))
  }
}

function usable<T>(source: string, use: () => T): T {
  try {
    return use()
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'model-file',
        what: `chat template of ${source}`,
        found: `one that fails (${cause instanceof Error ? cause.message : String(cause)})`,
        wanted: 'a template that renders a user message',
        todo: 'Download the model again, or choose another one',
      },
      { cause },
    )
  }
}

/** Put before a template, so that a prompt is the same on every day. */
const WITHOUT_CLOCK = '{% set strftime_now = fixed_date %}\n'

const SPECIAL_TOKENS = ['bos_token', 'eos_token', 'pad_token', 'unk_token', 'sep_token', 'cls_token']

/** Returns special tokens as texts for templates, in whichever form the configuration writes them. */
function specialTokens(config: object): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of SPECIAL_TOKENS) {
    const token = fieldOf(config, name)
    const content = typeof token === 'string' ? token : fieldOf(token, 'content')
    if (typeof content === 'string') found[name] = content
  }
  return found
}

/** Formats a fixed day: the one that Llama 3's templates name where they cannot ask for a date. */
function fixedDate(format: string): string {
  const day: Readonly<Record<string, string>> = { d: '26', m: '07', b: 'Jul', B: 'July', Y: '2024', y: '24' }
  return format.replace(/%(-?)([a-zA-Z])/g, (slot, _, name: string) => day[name] ?? slot)
}

/**
 * Returns the stop id that the template puts after the model's words, or the first stop id where it puts
 * none.
 */
function turnEnd(chat: ChatTemplate, encode: (text: string) => number[], stopIds: readonly number[]): number {
  const answer = 'done.'
  const text = chat.rendered([user('?'), { role: 'assistant', content: answer }], true)
  const tail = encode(text.slice(text.lastIndexOf(answer) + answer.length))
  return tail.find((id) => stopIds.includes(id)) ?? stopIds[0]
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}

/** Marks around a model's thoughts, as Qwen3 and models after it use them. */
const OPEN = '<think>'
const CLOSE = '</think>'

/** Returns the start of an answer without thoughts, for a model that usually thinks; `begun` as below. */
export function noThoughts(begun: boolean): string {
  return `${begun ? '' : `${OPEN}\n`}\n${CLOSE}\n\n`
}

/** Returns whether a prompt ends inside a thought. */
export function endsThinking(prompt: string): boolean {
  return prompt.lastIndexOf(OPEN) > prompt.lastIndexOf(CLOSE)
}

/**
 * Returns a completion without its thoughts: the text after the last of them; empty where a thought has not
 * ended.
 * @param begun whether the prompt has opened the first thought
 */
export function withoutThoughts(text: string, begun: boolean): string {
  const end = text.lastIndexOf(CLOSE)
  if (end < 0 && begun) return ''
  const rest = end < 0 ? text : text.slice(end + CLOSE.length).trimStart()
  // This also hides the mark while it is written letter by letter.
  return rest.includes(OPEN) || OPEN.startsWith(rest.trim()) ? '' : rest
}
