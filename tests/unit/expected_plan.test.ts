import { readFileSync, statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { GraphPlan } from '../../src/model/graphs/graphs'
import { openModelFolder } from '../../src/model/import/folder'
import type { Dtype, ReadFile } from '../../src/model/import/folder_files'
import { readModelConfig } from '../../src/model/import/import_config'
import { expectedPlan } from '../../src/model/memory/expected_plan'
import { memoryPlan } from '../../src/model/memory/memory_plan'
import { Runtime } from '../../src/model/runtime'
import { ArrayTables } from '../../src/model/weights/array_tables'
import { ModelTensors } from '../../src/model/weights/model_tensors'
import { readFolder } from '../../workers/node/read_folder'
import {
  buildFixture,
  FAMILIES,
  type FixtureOptions,
  fixtureGraph,
  isShared,
  MODELS,
  modelPath,
} from '../fixtures'
import { folderFiles } from '../fixtures/folder_files'
import { hubModel } from '../fixtures/models'
import { byteCount } from '../fixtures/tensors'

const NAMED: Readonly<Record<FixtureOptions['dtype'], Dtype>> = {
  f32: 'fp32',
  fp16: 'fp16',
  q4: 'q4',
  q4f16: 'q4f16',
  q8: 'q8',
}
const LORA = { rank: 16, alpha: 32 }
const ROWS = { rows: 64, tokens: 320, prompts: 64, promptTokens: 64, trainedTokens: 320 }
const USE = { ...ROWS, adapters: 1, largestFile: 0 }

function configOf(bytes: Uint8Array) {
  return readModelConfig(JSON.parse(new TextDecoder().decode(bytes)), 'config.json')
}

/** Returns the engine's plan of a folder after loading on wasm. */
async function loadedPlan(read: ReadFile, dtype: Dtype): Promise<GraphPlan> {
  const folder = await openModelFolder(read, 'folder', { dtype })
  const runtime = await Runtime.create({ backend: 'wasm', threads: 1 })
  const tensors = await ModelTensors.load(runtime, folder, LORA, new ArrayTables(runtime), 'f32')
  tensors.close()
  await runtime.close()
  return tensors.plan
}

describe('the plan before loading equals the plan after', () => {
  test.each(['ada', 'bo', 'cy', 'dee', 'eli'])('models/%s', async (name) => {
    const folder = `models/${name}`
    const { size } = statSync(`${folder}/onnx/model_q4.onnx`)
    const expected = expectedPlan(
      configOf(readFileSync(`${folder}/config.json`)),
      'q4',
      size,
      'wasm',
      LORA,
      'f32',
    )
    expect(expected).toEqual(await loadedPlan(readFolder('.', folder), 'q4'))
  })

  // Where names and rotary tables are as large as the weights, the size alone does not reveal every layout.
  const built = [...MODELS, 'gemma-3-270m', 'smollm3-3b', 'granite-4.0-350m'] as const
  const cases = built.map((model) => ({ model, family: 'builder' as const, dtype: 'f32' as const }))
  test.each(cases)('small $model of family $family in f32', async (options) => {
    const files = await buildFixture(options)
    const { length } = files.get(modelPath(options.dtype)) ?? new Uint8Array()
    const config = configOf(files.get('config.json') ?? new Uint8Array())
    const expected = expectedPlan(config, NAMED[options.dtype], length, 'wasm', LORA, 'f32')
    const read: ReadFile = async (path) => files.get(path) ?? null
    expect(expected).toEqual(await loadedPlan(read, NAMED[options.dtype]))
  })
})

/**
 * Returns formats as the importer leaves them (see import_fixtures.test.ts), on a backend that keeps them.
 */
function formats(options: FixtureOptions) {
  const { family, dtype } = options
  const [blocks, integers] = [dtype === 'q4' || dtype === 'q4f16', dtype === 'q8']
  const linears = blocks ? 'q4' : integers ? 'q8' : 'f32'
  const embedding = blocks && family === 'builder' && isShared(options) ? 'q4' : 'f32'
  const tied = linears === 'f32' || isShared(options)
  return { linears, embedding, head: tied ? embedding : linears, tied }
}

describe('at full size the files’ sizes tell how embedding and head are stored', () => {
  // The models with the smallest and the largest table; the others are similar.
  const cases = (['smollm2-135m', 'qwen2.5-0.5b'] as const).flatMap((model) =>
    (['q4', 'q8'] as const).flatMap((dtype) => [
      { model, dtype, family: 'optimum' as const, shared: true },
      { model, dtype, family: 'builder' as const, shared: false },
      ...(dtype === 'q4' ? [{ model, dtype, family: 'builder' as const, shared: true }] : []),
    ]),
  )
  test.each(cases)('$model, $family, $dtype, stored once: $shared', (options) => {
    const full = { ...options, size: 'full' } as const
    const bytes = [...fixtureGraph(full).tensors.values()].reduce((sum, tensor) => sum + byteCount(tensor), 0)
    const config = configOf(
      new Map(folderFiles(hubModel(options.model, 'full'), {})).get('config.json') ?? new Uint8Array(),
    )
    const plan = expectedPlan(config, NAMED[options.dtype], bytes, 'webgpu', LORA, 'f32')
    const { linears, embedding, head, config: held } = plan
    expect({ linears: linears.q, embedding, head, tied: held.tiedEmbeddings }).toEqual(formats(full))
  })
})

test('a small file with long names is estimated within a tenth', async () => {
  for (const family of FAMILIES)
    for (const dtype of ['q4', 'q8'] as const) {
      const files = await buildFixture({ model: 'qwen2.5-0.5b', family, dtype })
      const config = configOf(files.get('config.json') ?? new Uint8Array())
      const { length } = files.get(modelPath(dtype)) ?? new Uint8Array()
      const expected = memoryPlan(
        expectedPlan(config, NAMED[dtype], length, 'wasm', LORA, 'f32'),
        'wasm',
        USE,
      )
      const read: ReadFile = async (path) => files.get(path) ?? null
      const loaded = memoryPlan(await loadedPlan(read, NAMED[dtype]), 'wasm', USE)
      expect(Math.abs(expected.device / loaded.device - 1)).toBeLessThan(0.1)
    }
}, 30_000)
