import { deleteDB } from 'idb'
import { beforeEach, expect, it } from 'vitest'
import { browserDeviceStore } from '../../src/gpu/browser_device_store'

const NAME = 'colloquy-device-test'

beforeEach(() => deleteDB(NAME))

it('makes a choice once, even for two simultaneous callers, and stores it', async () => {
  let made = 0
  const make = async () => {
    const choice = `choice ${++made}`
    // The first choice waits until the second caller waits for it.
    const waiting = async () => (await navigator.locks.query()).pending?.length
    if (made === 1) await expect.poll(waiting).toBe(1)
    return choice
  }
  const [one, other] = [browserDeviceStore(NAME), browserDeviceStore(NAME)]
  expect(await Promise.all([one.once('a', make), other.once('a', make)])).toEqual(['choice 1', 'choice 1'])
  expect(await browserDeviceStore(NAME).once('a', make)).toBe('choice 1')
  expect(await one.once('b', make)).toBe('choice 2')
})

it('stores nothing of a choice that fails', async () => {
  const store = browserDeviceStore(NAME)
  await expect(store.once('a', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
  expect(await store.once('a', async () => 'made')).toBe('made')
})
