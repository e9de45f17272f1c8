import { describe, expect, test, vi } from 'vitest'
import { withFolder, withModel } from '../../src/app/models/library'
import { isElsewhere, sourceLabel } from '../../src/app/models/peer_choice'
import { typedSource } from '../../src/app/models/sources_view'

const duet = [
  { id: 'ada', source: 'models/ada' },
  { id: 'bo', source: 'models/bo' },
]
const TINY = 'hub:owner/tiny'

describe('a peer is called by its model', () => {
  test('by the model’s name, made unique; by the preset’s name where that has the model', () => {
    const one = withModel(duet, 1, { source: TINY }, duet)
    expect(one).toEqual([duet[0], { id: 'tiny', source: TINY }])
    const both = withModel(one, 0, { source: TINY }, duet)
    expect(both.map(({ id }) => id)).toEqual(['tiny-2', 'tiny'])
    expect(withModel(both, 0, { source: 'models/ada' }, duet)[0]).toEqual(duet[0])
    expect(withModel(duet, 1, { source: 'models/ada' }, duet)[1]).toEqual({
      id: 'ada-2',
      source: 'models/ada',
    })
  })

  test('and keeps its name and its thinking with that model', () => {
    const thinking = [duet[0], { id: 'ben', source: TINY, thinking: true as const }]
    expect(withModel(thinking, 1, { source: TINY }, duet)).toEqual(thinking)
  })
})

test.each([
  ['owner/name', 'hub:owner/name'],
  [' hub:owner/name@v1 ', 'hub:owner/name@v1'],
  ['https://huggingface.co/owner/name', 'hub:owner/name'],
  ['https://huggingface.co/owner/name/tree/main', 'hub:owner/name'],
  ['gpt2', 'hub:gpt2'],
  ['models/ada', 'models/ada'],
  ['artifacts/models/mine', 'artifacts/models/mine'],
  ['./beside', './beside'],
  ['http://192.168.0.10:8000/smollm', 'http://192.168.0.10:8000/smollm'],
  ['ftp://host/model', 'ftp://host/model'],
  ['', ''],
])('%s is read as %s', (typed, source) => {
  expect(typedSource(typed)).toBe(source)
})

test('sources are shown in readable form', () => {
  vi.stubGlobal('SHIPPED_FILES', ['models/ada/config.json'])
  expect(sourceLabel('models/ada')).toEqual({ name: 'ada', place: 'comes with this page' })
  expect(sourceLabel('models/ad').place).toBe('a folder beside this page')
  vi.unstubAllGlobals()
  expect(sourceLabel(TINY).name).toBe('owner/tiny')
  expect(sourceLabel('folder:my model').name).toBe('my model')
  expect(sourceLabel('http://host/x').name).toBe('http://host/x')
  expect(['models/ada', TINY, 'folder:x', 'https://h/x'].map(isElsewhere)).toEqual([false, true, true, true])
})

describe('picked folders', () => {
  const folder = (text: string, extra: readonly string[] = ['onnx/model_q4.onnx']) => {
    const paths = ['config.json', 'tokenizer.json', 'tokenizer_config.json', ...extra]
    const files = Object.fromEntries(paths.map((path) => [path, new File([text], path, { lastModified: 1 })]))
    return { name: 'onnx', files, read: async () => new Uint8Array() }
  }

  test('of one name are kept apart, unless they are the same', () => {
    const first = withFolder({}, folder('a'))
    expect(first.model.source).toBe('folder:onnx')
    expect(withFolder(first.places, folder('a')).model.source).toBe('folder:onnx')
    const second = withFolder(first.places, folder('other'))
    expect(second.model.source).toBe('folder:onnx-2')
    expect(Object.keys(second.places.folders ?? {})).toEqual(['onnx', 'onnx-2'])
  })

  test('without a model file are an error', () => {
    expect(() => withFolder({}, folder('a', []))).toThrow('folder "onnx": found no ONNX file in onnx/')
  })
})
