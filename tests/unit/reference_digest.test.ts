import { expect, test } from 'vitest'
import { digestsOf, REFERENCE_RUN, SECOND_STEP_DIGEST } from '../../src/cli/learn/reproduction'

// `npm run reproduce` compares this digest, and the last step's in the README, in every engine.
test('the first two steps of the reference run give their digest', { timeout: 300_000 }, async () => {
  const digests: string[] = []
  for await (const digest of digestsOf(REFERENCE_RUN, { on: 'node', cores: 2 }))
    if (digests.push(digest) === 2) break
  expect(digests[1]).toBe(SECOND_STEP_DIGEST)
})
