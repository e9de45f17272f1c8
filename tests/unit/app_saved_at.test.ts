import { expect, test } from 'vitest'
import { savedAtText } from '../../src/app/runs/use_kept_runs'

const NOW = Date.UTC(2026, 0, 10)

test.each([
  ['never, as far as is known', 0, ''],
  ['long ago', NOW - 1e9, /^, (?!.*clock)/],
  ['this moment', NOW, /^, (?!.*clock)/],
  ['by a clock that has been put right by seconds', NOW + 5000, /^, (?!.*clock)/],
  ['by a clock that was a day ahead', NOW + 86_400_000, /^, .*2026.* by a clock that was ahead/],
])('a run that was saved %s', (_, savedAt, text) => {
  const said = savedAtText(savedAt, NOW)
  if (typeof text === 'string') expect(said).toBe(text)
  else expect(said).toMatch(text)
})
