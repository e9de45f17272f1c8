/** Instructed models: a prompt is a user's message, in the form that the model's chat template gives it. */
import type { Template } from '@huggingface/jinja'
import type { Tokenizer } from '@huggingface/tokenizers'
import { ColloquyError } from '../../errors'
import type { PromptStyle } from '../peer'
import { decoded, type Voice } from '../voice'

/** What is read of a model folder. */
export interface ChatFolder {
  readonly tokenizerConfig: object
  /** The template that lies beside tokenizer_config.json, which goes before the one in it. */
  readonly chatTemplate?: string
  /** Ids that end a completion. At least one. */
  readonly stopIds: readonly number[]
}

export interface ChatOptions {
  /** The model folder, for errors. */
  readonly source: string
  /** Whether the model is to think before it answers, where its template leaves that open. */
  readonly thinking: boolean
}

/** The folder's chat template; of several the one named `default`. Null where it has none. */
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
 * The voice of an instructed model.
 * @param template as `chatTemplateOf` finds it
 * @throws ColloquyError `model-file` where the template cannot be used, `config` where it cannot make the model think
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
    throw noThinking(options.source, 'a chat template that does the same with enable_thinking as without')
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids
  const stop = turnEnd(chat, encode, folder.stopIds)
  const thinks = options.thinking || begun
  // What a thinking peer is given to learn has no thoughts: as the model itself writes that.
  const opening = thinks ? noThoughts(begun) : ''
  return {
    promptStyle: thinks ? 'thinking' : 'instructed',
    prompt: (text) => encode(chat.rendered([user(text.trim())])),
    text: (ids) => withoutThoughts(decoded(tokenizer, ids), begun),
    decode: (ids) => decoded(tokenizer, ids),
    answer: (text) => [...encode(opening + text), stop],
  }
}

/** @throws ColloquyError `config`: a model without chat template is asked to think */
export function noThinking(source: string, found = 'a model without chat template'): ColloquyError {
  return new ColloquyError({
    code: 'config',
    what: `thinking of ${source}`,
    found,
    wanted: 'a chat template that knows enable_thinking, as Qwen3 has',
    todo: 'Leave thinking out, or choose another model',
  })
}

/** How the template's model answers unless told to think, and whether it can be told. @throws ColloquyError `model-file` */
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
    // Only loaded for models that have a template.
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

  /** A conversation as text, up to where the model has to go on, or `closed` behind the model's own words. */
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
        wanted: 'a template that takes a message of a user',
        todo: 'Download the model again, or choose another one',
      },
      { cause },
    )
  }
}

/** Put before a template: a prompt is to be the same on every day. */
const WITHOUT_CLOCK = '{% set strftime_now = fixed_date %}\n'

const SPECIAL_TOKENS = ['bos_token', 'eos_token', 'pad_token', 'unk_token', 'sep_token', 'cls_token']

/** As templates use them: texts, however the configuration writes them. */
function specialTokens(config: object): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of SPECIAL_TOKENS) {
    const token = fieldOf(config, name)
    const content = typeof token === 'string' ? token : fieldOf(token, 'content')
    if (typeof content === 'string') found[name] = content
  }
  return found
}

/** The day that Llama 3's templates name where they cannot ask for one, in the form asked for. */
function fixedDate(format: string): string {
  const day: Readonly<Record<string, string>> = { d: '26', m: '07', b: 'Jul', B: 'July', Y: '2024', y: '24' }
  return format.replace(/%(-?)([a-zA-Z])/g, (slot, _, name: string) => day[name] ?? slot)
}

/** The stop id that the template itself puts behind the model's words; the first there is where it puts none. */
function turnEnd(chat: ChatTemplate, encode: (text: string) => number[], stopIds: readonly number[]): number {
  const said = 'done.'
  const text = chat.rendered([user('?'), { role: 'assistant', content: said }], true)
  const tail = encode(text.slice(text.lastIndexOf(said) + said.length))
  return tail.find((id) => stopIds.includes(id)) ?? stopIds[0]
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}

/** Between these a model thinks, and nobody listens: Qwen3's marks, which others have taken over. */
const OPEN = '<think>'
const CLOSE = '</think>'

/** Stands before an answer without thoughts where thoughts are usual; `begun` as below. */
export function noThoughts(begun: boolean): string {
  return `${begun ? '' : `${OPEN}\n`}\n${CLOSE}\n\n`
}

/** Whether a prompt leaves the model in the middle of a thought. */
export function endsThinking(prompt: string): boolean {
  return prompt.lastIndexOf(OPEN) > prompt.lastIndexOf(CLOSE)
}

/**
 * A completion without its thoughts: what stands behind the last of them. Nothing where a thought is not at its end.
 * @param begun whether the prompt has opened the first thought
 */
export function withoutThoughts(text: string, begun: boolean): string {
  const end = text.lastIndexOf(CLOSE)
  if (end < 0 && begun) return ''
  const rest = end < 0 ? text : text.slice(end + CLOSE.length).trimStart()
  // Also while the mark is being written, letter by letter.
  return rest.includes(OPEN) || OPEN.startsWith(rest.trim()) ? '' : rest
}
