/** `npx tsx tests/peft/cli.ts`: see `COMMAND`; `python tests/peft/check.py DIR` asks PEFT for the same. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../../src/cli/command'
import type { Command } from '../../src/cli/options'
import type { Matrix } from '../../src/matrix/matrix'
import { loadBase } from '../../src/model/base'
import { HUB_NAMES, LINEARS, type ModelConfig } from '../../src/model/import/config'
import { type NamedTensor, writeSafetensors } from '../../src/model/import/safetensors'
import { peftAdapter } from '../../src/model/train/peft'
import { type ModelWeights, modelInArrays, normOf } from '../../src/model/weights/weight_source'
import { hubConfig } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'

const FAMILIES = ['llama', 'qwen2', 'qwen3'] as const
const LORA = { rank: 3, alpha: 5 }
const SEQUENCES = [
  { promptIds: [3, 7, 6], ids: [1, 18, 4, 4, 11] },
  { promptIds: [8, 7, 16, 2, 9, 0, 12], ids: [5] },
]

function hubTensors(config: ModelConfig, weights: ModelWeights): NamedTensor[] {
  const vector = (name: string, data: Float32Array): NamedTensor => ({ name, shape: [data.length], data })
  const matrix = (name: string, values: Matrix): NamedTensor => {
    if (values.kind !== 'f32') throw new TypeError(`${name} is in blocks`)
    return { name, shape: [values.out, values.in], data: values.data }
  }
  return [
    matrix('model.embed_tokens.weight', weights.embedding),
    vector('model.norm.weight', weights.finalNorm),
    ...weights.layers.flatMap((layer, i) => {
      const at = `model.layers.${i}`
      const { biases, qNorm, kNorm } = layer
      return [
        vector(`${at}.input_layernorm.weight`, normOf(layer, 'attentionNorm')),
        vector(`${at}.post_attention_layernorm.weight`, normOf(layer, 'mlpNorm')),
        ...LINEARS.map((which) => matrix(`${at}.${HUB_NAMES[which]}.weight`, layer.linears[which])),
        ...(biases
          ? (['q', 'k', 'v'] as const).map((which) => vector(`${at}.${HUB_NAMES[which]}.bias`, biases[which]))
          : []),
        ...(qNorm ? [vector(`${at}.self_attn.q_norm.weight`, qNorm)] : []),
        ...(kNorm ? [vector(`${at}.self_attn.k_norm.weight`, kNorm)] : []),
      ]
    }),
    ...(config.tiedEmbeddings ? [] : [matrix('lm_head.weight', weights.head)]),
  ]
}

async function write(folder: string, family: (typeof FAMILIES)[number]): Promise<void> {
  const config = smallConfig(family)
  const weights = randomWeights(config, 9)
  const model = { config, weights, tokenizerJson: {}, tokenizerConfig: {}, stopIds: [4] }
  const options = { source: family, backend: 'wasm', threads: 1 } as const
  const base = await loadBase(modelInArrays(model), {
    ...options,
    loraRank: LORA.rank,
    loraAlpha: LORA.alpha,
  })
  const engine = await base.engine({ id: family, seed: 1 })
  const state = await engine.state()
  // B starts at zero, which would make the adapter do nothing.
  for (const layer of state.parameters)
    layer.forEach((value, i) => {
      if (value === 0) layer[i] = 0.2 * Math.cos(i)
    })
  await engine.restore(state)
  const adapter = peftAdapter(config, LORA, state.parameters, join(folder, 'base'))
  const scores = async (useAdapter: boolean) =>
    (await engine.policy.logprobs(SEQUENCES, 1, useAdapter)).map((values) => [...values])
  const expected = { sequences: SEQUENCES, adapted: await scores(true), plain: await scores(false) }
  const files = {
    'base/config.json': JSON.stringify(hubConfig(config)),
    'base/model.safetensors': writeSafetensors(hubTensors(config, weights)),
    'adapter/adapter_config.json': JSON.stringify(adapter.config),
    'adapter/adapter_model.safetensors': adapter.weights,
    'expected.json': JSON.stringify(expected),
  }
  for (const part of ['base', 'adapter']) mkdirSync(join(folder, part), { recursive: true })
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data)
  await engine.close()
}

const COMMAND = {
  usage: 'npx tsx tests/peft/cli.ts',
  about:
    'Writes, of each family, a small model of random weights as transformers reads it, an adapter as an export has it, ' +
    'and the logprobs that the engine gives with both.',
  argument: { value: 'DIR', help: 'Where the models go; has to be given' },
  options: {},
} satisfies Command

await runCommand(COMMAND, async (given) => {
  const [directory] = given.args
  if (directory === undefined) throw given.refusal('argument', 'none', 'DIR')
  for (const family of FAMILIES) await write(join(directory, family), family)
})
