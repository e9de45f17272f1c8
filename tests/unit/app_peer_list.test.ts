import { expect, test } from 'vitest'
import { freeId, offeredPeers, withOneMore, withoutOne } from '../../src/app/models/peer_choice'
import { parseRunConfig } from '../../src/config/config'
import { PRESETS, presetConfig } from '../../src/config/presets'

const presets = Object.entries(PRESETS).map(([name, { title }]) => ({
  name,
  title,
  config: presetConfig(name),
}))
const ids = (peers: readonly { readonly id: string }[] | null) => peers?.map(({ id }) => id) ?? null
const duet = presetConfig('duet').peers

test('offers the peers of the same questions, the preset’s first', () => {
  expect(ids(offeredPeers(presets, 'duet'))).toEqual(['ada', 'bo', 'cy'])
  expect(ids(offeredPeers(presets, 'trio'))).toEqual(['ada', 'bo', 'cy'])
  expect(ids(offeredPeers(presets, 'halves'))).toEqual(['dee', 'eli'])
  expect(offeredPeers(presets, 'no preset')).toEqual([])
})

test('adding takes an unused peer, then the last one again, up to the maximum', () => {
  const offered = offeredPeers(presets, 'duet')
  const three = withOneMore(duet, offered) ?? []
  expect(three.at(-1)).toEqual({ id: 'cy', source: 'models/cy' })
  const four = withOneMore(three, offered) ?? []
  expect(four.at(-1)).toEqual({ id: 'cy-2', source: 'models/cy' })
  expect(parseRunConfig({ ...presetConfig('duet'), peers: four }).peers).toEqual(four)
  expect(withOneMore(four, offered)).toBeNull()
})

test('settings of a peer move with its model', () => {
  const qwen = { id: 'Qwen3-2', source: 'hub:a/Qwen3', thinking: true, dtype: 'fp16' } as const
  expect(withOneMore([duet[0], qwen], [])?.at(-1)).toEqual({ ...qwen, id: 'Qwen3' })
})

test('removes a peer as long as the method has enough', () => {
  const three = [...duet, { id: 'cy', source: 'models/cy' }]
  expect(ids(withoutOne(three, 0, 2))).toEqual(['bo', 'cy'])
  expect(withoutOne(duet, 0, 2)).toBeNull()
  expect(ids(withoutOne(duet, 0, 1))).toEqual(['bo'])
  expect(withoutOne([duet[1]], 0, 1)).toBeNull()
})

test('a taken name gets a number', () => {
  expect(freeId('ada', duet)).toBe('ada-2')
  expect(freeId('ada', [...duet, { id: 'ada-2', source: 'x' }])).toBe('ada-3')
  expect(freeId('cy', duet)).toBe('cy')
})
