import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { PRESETS } from '../../src/config/presets'
import { configJson } from '../../src/pretrain/model_folder'
import { PROFILES } from '../../src/pretrain/profiles'
import { tokenizerFile } from '../../src/pretrain/tokenizer'
import { readingsOf } from '../../src/tasks/skills'

const used = new Set(
  Object.values(PRESETS).flatMap(({ settings }) => settings.peers.map(({ source }) => source)),
)
const shipped = PROFILES.filter(({ id }) => used.has(`models/${id}`))

describe.each(shipped)('the folder of $id', ({ id, layers }) => {
  it('has the tokenizer that the corpus is written in, and the size of its profile', async () => {
    const read = async (path: string) => JSON.parse(await readFile(`models/${id}/${path}`, 'utf8'))
    expect(await read('tokenizer.json')).toEqual(tokenizerFile())
    expect(await read('config.json')).toEqual(configJson(layers))
  })
})

describe('the peers together', () => {
  it('can do everything, but no peer can alone', () => {
    for (const { task } of PROFILES) {
      const met = PROFILES.filter((one) => one.task === task)
      for (const reading of new Set(task.skills.flatMap(readingsOf))) {
        expect(met.filter(({ missing }) => !missing.includes(reading)).length).toBeGreaterThan(0)
      }
      for (const { missing } of met) expect(missing.length).toBeGreaterThan(0)
    }
  })
})
