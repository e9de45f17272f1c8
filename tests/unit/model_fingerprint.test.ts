import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type FingerprintPlaces, modelFingerprints } from '../../src/hub/model_fingerprint'
import type { Listing, ModelReader } from '../../src/hub/store'
import { openModelFolder } from '../../src/model/import/folder'
import { CollectedWeights } from '../../src/model/weights/collected_weights'

const FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model_q4.onnx']
const listed: Listing = {
  source: 'hub:o/n',
  base: 'https://huggingface.co/o/n/resolve/main/',
  files: FILES.map((path, i) => ({ path, size: 100 + i, hash: `git:${String(i).repeat(40)}` as const })),
}

function places(
  change: (path: string, bytes: Uint8Array) => Uint8Array,
  listing = listed,
): FingerprintPlaces {
  const unused = async () => {
    throw new Error('a fingerprint reads no weights of models from elsewhere')
  }
  const reader: ModelReader = {
    find: unused,
    read: unused,
    listing: async (base) => (base === listing.base ? listing : null),
  }
  return {
    beside: (source) => async (path) => {
      const name = `${source}/${path}`
      return existsSync(name) ? change(path, readFileSync(name)) : null
    },
    kept: async () => reader,
  }
}
const as = places((_, bytes) => bytes)

const READ = [...FILES, 'generation_config.json']

test('a folder’s fingerprint is the start of a peer’s fingerprint of it', async () => {
  const folder = await openModelFolder(as.beside('models/ada'), 'models/ada')
  await folder.deliver(new CollectedWeights(folder.config))
  const bytes = READ.reduce((sum, path) => sum + readFileSync(`models/ada/${path}`).length, 0)
  const wanted = { print: folder.fingerprint().slice(0, 8), bytes }
  const [ada, again, bo] = await modelFingerprints(
    [{ source: 'models/ada' }, { source: 'models/ada' }, { source: 'models/bo' }],
    as,
  )
  expect([ada, again]).toEqual([wanted, wanted])
  expect(bo?.print).not.toBe(wanted.print)
})

test.each(READ)('one bit of %s makes another fingerprint', async (changed) => {
  const flipped = places((path, bytes) =>
    path === changed ? bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte)) : bytes,
  )
  const [before] = await modelFingerprints([{ source: 'models/ada' }], as)
  const [after] = await modelFingerprints([{ source: 'models/ada' }], flipped)
  expect(after?.bytes).toBe(before?.bytes)
  expect(after?.print).not.toBe(before?.print)
})

test('a model from elsewhere has a fingerprint of its host’s hashes, for the used dtype', async () => {
  const model = { source: 'hub:o/n' }
  const [fingerprint] = await modelFingerprints([model], as)
  expect(fingerprint).toEqual({ print: expect.stringMatching(/^[0-9a-f]{8}$/), bytes: 100 + 101 + 102 + 103 })
  const moved = {
    ...listed,
    files: listed.files.map((file, i) =>
      i === 3 ? { ...file, hash: `git:${'f'.repeat(40)}` as const } : file,
    ),
  }
  expect(
    (
      await modelFingerprints(
        [model],
        places((_, bytes) => bytes, moved),
      )
    )[0]?.print,
  ).not.toBe(fingerprint?.print)
  const more = { ...listed, files: [...listed.files, { path: 'onnx/model_fp16.onnx', size: 7, hash: null }] }
  expect(
    (
      await modelFingerprints(
        [model],
        places((_, bytes) => bytes, more),
      )
    )[0],
  ).toEqual(fingerprint)
})

test('a missing or picked model has none', async () => {
  const models = ['models/none', 'hub:o/other', 'https://example.org/m', 'folder:mine'].map((source) => ({
    source,
  }))
  expect(await modelFingerprints(models, as)).toEqual([null, null, null, null])
})
