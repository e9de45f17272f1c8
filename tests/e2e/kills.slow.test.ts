import { expect, test } from 'vitest'
import { killAndResume } from '../reliability/kills'

// The whole of it is `npm run kills`.
test('a run that is killed and gone on with ends as one that nothing happened to', async () => {
  const { kills, digest, digests, damage } = await killAndResume(4, 2)
  expect(damage).toEqual([])
  expect(kills.length).toBeGreaterThanOrEqual(4)
  expect(digests.length).toBeGreaterThanOrEqual(1)
  for (const found of digests) expect(found).toBe(digest)
})
