import { Tokenizer } from '@huggingface/tokenizers'
import { expect, test } from 'vitest'
import { plainVoice } from '../../src/model/voice'
import { hubModel } from '../fixtures/models'
import { tokenizerFiles } from '../fixtures/tokenizer'

test('a token that begins each text precedes prompts, but not trained answers after them', () => {
  // Llama 3's base models have this tokenizer and no template.
  const { tokenizer: file, config, idOf } = tokenizerFiles(hubModel('llama-3.2-1b', 'small'))
  const tokenizer = new Tokenizer(file, config)
  const voice = plainVoice(tokenizer, [idOf('<|end_of_text|>')])
  const written = (ids: readonly number[]) => tokenizer.decode([...ids], { skip_special_tokens: false })
  expect(written(voice.prompt('2+3?'))).toBe('<|begin_of_text|>2+3?')
  expect(written(voice.answer('#### 5'))).toBe('#### 5<|end_of_text|>')
})
