import { Tokenizer } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import type { ReadFile } from '../../src/model/import/folder_files'
import { loadLocalPeers } from '../../src/model/local_peer'
import { seedKey } from '../../src/random'
import { buildFixture } from '../fixtures'

const files = await buildFixture({ model: 'qwen3-0.6b', family: 'builder', dtype: 'q4' })
const read: ReadFile = async (path) => files.get(path) ?? null
const json = (path: string): object => JSON.parse(new TextDecoder().decode(files.get(path)))
const tokenizer = new Tokenizer(json('tokenizer.json'), json('tokenizer_config.json'))
const options = { source: 'hub/qwen3', backend: 'wasm', loraRank: 4, loraAlpha: 8, threads: 1 } as const

describe('peers on one instructed model', () => {
  it('use its chat template, each with its own thinking', async () => {
    const peers = await loadLocalPeers({ ...options, ids: ['a', 'b'], thinking: ['b'], seed: 7, read })
    try {
      expect(peers.map(({ promptStyle }) => promptStyle)).toEqual(['instructed', 'thinking'])
      const samples = [{ prompt: '2+3?\n', key: seedKey(1) }]
      const written: string[] = []
      for (const peer of peers) {
        const [{ promptIds, ids, text }] = await peer.generate({ samples, temperature: 1, maxNewTokens: 6 })
        written.push(tokenizer.decode([...promptIds], { skip_special_tokens: false }))
        expect(tokenizer.decode([...ids], { skip_special_tokens: true })).toContain(text)
      }
      const asked = '<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\n'
      expect(written).toEqual([`${asked}<think>\n\n</think>\n\n`, asked])
      const [answer] = await peers[0].encode(['#### 5'])
      expect(tokenizer.decode(answer, { skip_special_tokens: false })).toBe('#### 5<|im_end|>')
    } finally {
      await Promise.all(peers.map((peer) => peer.close()))
    }
  }, 60_000)
})
