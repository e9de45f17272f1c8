import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { REFERENCE_DIGEST, REFERENCE_RUN, REPRODUCED } from '../../src/cli/learn/reproduction'

test.each(['README.md', 'docs/reproducibility.md'])('%s names the reproduced run and its digest', (file) => {
  const text = readFileSync(file, 'utf8')
  const { preset, steps, seed } = REFERENCE_RUN
  expect(text).toContain(`reset \`${preset}\`, ${steps} steps, seed ${seed}`)
  expect(text).toContain(`npm run learn -- --steps ${steps} --seed ${seed}`)
  expect(text.match(/\b[0-9a-f]{64}\b/g)).toEqual([REFERENCE_DIGEST])
})

test('every engine runs with one and with two cores for each peer', () => {
  const peers = REFERENCE_RUN.peers.length
  for (const on of ['node', 'chromium', 'firefox', 'webkit'])
    expect(REPRODUCED.filter((place) => place.on === on).map(({ cores }) => cores / peers)).toEqual([1, 2])
})
