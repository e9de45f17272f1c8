import { expect, test } from 'vitest'
import { killAndResume } from '../reliability/kills'

// `npm run kills` is the full version of this test.
test('a killed and resumed run ends like an undisturbed one', async () => {
  const { kills, digest, digests, damage } = await killAndResume(3, 2)
  expect(damage).toEqual([])
  expect(kills.length).toBeGreaterThanOrEqual(3)
  expect(digests.length).toBeGreaterThanOrEqual(1)
  for (const found of digests) expect(found).toBe(digest)
})
