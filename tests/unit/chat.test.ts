import { readFileSync } from 'node:fs'
import { Tokenizer } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import { type ChatFolder, chatTemplateOf, chatVoice, withoutThoughts } from '../../src/model/import/chat'
import { hubModel, type ModelId } from '../fixtures/models'
import { type Config, tokenizerFiles } from '../fixtures/tokenizer'

const BARE = '{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}'
const IM_END = 151645

/** Returns a tokenizer with the real special tokens and the real template. */
function real(model: ModelId): { tokenizer: Tokenizer; config: Config } {
  const { tokenizer, config } = tokenizerFiles(hubModel(model, 'full'))
  return { tokenizer: new Tokenizer(tokenizer, config), config }
}

const qwen3 = real('qwen3-0.6b')
const llama = real('llama-3.2-1b')
const qwenStops = [IM_END, 151643]

async function voiceOf(
  { tokenizer, config }: typeof qwen3,
  stopIds: readonly number[],
  { thinking = false, template }: { thinking?: boolean; template?: string } = {},
) {
  const folder: ChatFolder = { tokenizerConfig: config, chatTemplate: template, stopIds }
  return chatVoice(tokenizer, folder, chatTemplateOf(folder) ?? '', { source: 'models/x', thinking })
}
const shown = (tokenizer: Tokenizer, ids: number[]) => tokenizer.decode(ids, { skip_special_tokens: false })
const encode = (text: string) => qwen3.tokenizer.encode(text, { add_special_tokens: false }).ids

describe('a chat template', () => {
  it('is the text, the one named default, or the one in its own file', () => {
    expect(chatTemplateOf({ tokenizerConfig: { chat_template: 'a' } })).toBe('a')
    const list = [
      { name: 'tool_use', template: 't' },
      { name: 'default', template: 'd' },
    ]
    expect(chatTemplateOf({ tokenizerConfig: { chat_template: list } })).toBe('d')
    expect(chatTemplateOf({ tokenizerConfig: { chat_template: list }, chatTemplate: 'f' })).toBe('f')
    for (const chat_template of [undefined, null, 7, [], [list[0]], [null]])
      expect(chatTemplateOf({ tokenizerConfig: { chat_template } })).toBeNull()
  })

  it('is absent in the embedded peers, which are unchanged', () => {
    const config: object = JSON.parse(readFileSync('models/ada/tokenizer_config.json', 'utf8'))
    expect(chatTemplateOf({ tokenizerConfig: config })).toBeNull()
  })

  it.each(['{{ raise_exception("no") }}', '{% for %}', '{{ nobody() }}'])(
    'that fails is an error of the folder: %s',
    async (template) => {
      await expect(voiceOf(qwen3, qwenStops, { template })).rejects.toMatchObject({ code: 'model-file' })
    },
  )
})

describe('a prompt', () => {
  it('is a user’s message in Qwen3’s form, with closed thoughts', async () => {
    const voice = await voiceOf(qwen3, qwenStops)
    expect(voice.promptStyle).toBe('instructed')
    expect(shown(qwen3.tokenizer, voice.prompt('What is 2+3?\n'))).toBe(
      '<|im_start|>user\nWhat is 2+3?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n',
    )
  })

  it('leaves room for thoughts on request', async () => {
    const voice = await voiceOf(qwen3, qwenStops, { thinking: true })
    expect(voice.promptStyle).toBe('thinking')
    expect(shown(qwen3.tokenizer, voice.prompt('Hi'))).toBe(
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
    )
  })

  it('begins with one special token, not two, in Llama’s form', async () => {
    const voice = await voiceOf(llama, [128001, 128008, 128009])
    expect(shown(llama.tokenizer, voice.prompt('Hi'))).toBe(
      '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>' +
        '<|start_header_id|>assistant<|end_header_id|>\n\n',
    )
  })

  it('is the same on every date', async () => {
    const template = `{{ strftime_now("%d %b %Y") }}|{{ strftime_now("%Y-%m-%d, %B") }}|${BARE}`
    const voice = await voiceOf(qwen3, qwenStops, { template })
    expect(shown(qwen3.tokenizer, voice.prompt('Hi'))).toBe('26 Jul 2024|2024-07-26, July|[user]Hi<|im_end|>')
  })
})

describe('an answer to be learned', () => {
  it('ends with the stop token of a turn, whichever is named first', async () => {
    const voice = await voiceOf(llama, [128001, 128008, 128009])
    expect(shown(llama.tokenizer, voice.answer('#### 5'))).toBe('#### 5<|eot_id|>')
    expect((await voiceOf(qwen3, [151643, IM_END])).answer('#### 5')).toEqual([...encode('#### 5'), IM_END])
    // A template that does not end a turn.
    const silent = await voiceOf(qwen3, [151643, IM_END], { template: '{{ messages[0].content }}' })
    expect(silent.answer('#### 5').at(-1)).toBe(151643)
  })

  it('has an empty thought before it where the peer thinks', async () => {
    const voice = await voiceOf(qwen3, qwenStops, { thinking: true })
    expect(shown(qwen3.tokenizer, voice.answer('#### 5'))).toBe('<think>\n\n</think>\n\n#### 5<|im_end|>')
    const template = `${BARE}{% if add_generation_prompt %}[assistant]<think>\n{% endif %}`
    const begun = await voiceOf(qwen3, qwenStops, { template })
    expect(begun.promptStyle).toBe('thinking')
    expect(shown(qwen3.tokenizer, begun.answer('#### 5'))).toBe('\n</think>\n\n#### 5<|im_end|>')
  })
})

describe('text for others', () => {
  it('has neither thoughts nor special tokens', async () => {
    const voice = await voiceOf(qwen3, qwenStops, { thinking: true })
    const text = (written: string) => voice.text(encode(written))
    expect(text('<think>\nIt is #### 4.\n</think>\n\n2+3=5\n#### 5<|im_end|>')).toBe('2+3=5\n#### 5')
    expect(text('<think>\nIt is #### 4.')).toBe('')
    expect(voice.text([])).toBe('')
  })

  it.each([
    ['plain', false, 'plain'],
    [' plain ', false, ' plain '],
    ['a <think>b</think> c', false, 'c'],
    ['<think>a</think>b<think>c', false, ''],
    ['#### 5 <think>', false, ''],
    ['a</think>\nb', true, 'b'],
    ['a #### 5', true, ''],
    ['a</think>b', false, 'b'],
    ['<th', false, ''],
    ['1 < 2', false, '1 < 2'],
  ])('of %j (begun: %s) is %j', (text, begun, rest) => {
    expect(withoutThoughts(text, begun)).toBe(rest)
  })
})

it('refuses thinking where the template does not support it', async () => {
  await expect(voiceOf(llama, [128009], { thinking: true })).rejects.toMatchObject({ code: 'config' })
})
