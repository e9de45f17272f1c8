/** Tests which runs another site's frame may run. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { embeddedRun, frameOf } from '../../src/app/embed/embed_link'
import { errorText } from '../../src/app/problem_text'
import type { RunConfig } from '../../src/config/config'
import { presetConfig } from '../../src/config/presets'
import { shareLink } from '../../src/runs/share_link'
import { failure } from '../failure'

beforeAll(() => {
  vi.stubGlobal('SHIPPED_FILES', ['models/ada/config.json', 'models/bo/config.json'])
})
afterAll(() => {
  vi.unstubAllGlobals()
})

function linkTo(changes: Partial<RunConfig>): string {
  const config = presetConfig('duet', changes)
  return shareLink('', { config, models: config.peers.map(() => null), result: null })
}
const withBo = (source: string) => ({
  peers: [
    { id: 'ada', source: 'models/ada' },
    { id: 'bo', source },
  ],
})

test('is a run of the models that come with the page, or the recording', () => {
  const link = linkTo({ seed: 9 })
  expect(embeddedRun(link)).toEqual(presetConfig('duet', { seed: 9 }))
  expect(embeddedRun(link.replace('#', '#embed=1&'))).toEqual(presetConfig('duet', { seed: 9 }))
  expect(embeddedRun('')).toBeNull()
  expect(embeddedRun('#embed=1')).toBeNull()
})

test.each<readonly [Partial<RunConfig>, string]>([
  [withBo('hub:owner/tiny'), 'hub:owner/tiny'],
  [withBo('https://models.example.org/tiny'), 'https://models.example.org/tiny'],
  [withBo('folder:tiny'), 'folder:tiny'],
  [withBo('models/nothing'), 'models/nothing'],
  [withBo('models/ad'), 'models/ad'],
  [withBo('models'), 'models'],
  [{ task: 'question-file', questionFile: 'https://h/q.jsonl' }, 'https://h/q.jsonl'],
  [{ task: 'question-file', questionFile: 'questions.jsonl' }, 'questions.jsonl'],
])('is no run with %j', (changes, needed) => {
  expect(errorText(failure(() => embeddedRun(linkTo(changes))))).toBe(
    `This run needs ${needed}, which does not come with this page, so it cannot run in a frame. Open the full page.`,
  )
})

test('the HTML of a frame is one element with the embed’s address', () => {
  const link = linkTo({})
  expect(frameOf('https://example.org/colloquy/index.html', link)).toMatch(
    /^<iframe src="https:\/\/example\.org\/colloquy\/embed\.html#run=1[\w-]+" title="[^"<>]+" width="100%" height="720" loading="lazy"><\/iframe>$/,
  )
})
