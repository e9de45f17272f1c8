import { expect, it } from 'vitest'
import { trained } from './ilr_expected'
import { ofType, type Script } from './ilr_scripted'

const G = { steps: 2, evalMethods: [] }

async function said(settings: Parameters<typeof trained>[0], script: Script): Promise<string[]> {
  const { events } = await trained({ ...G, ...settings }, script)
  return ofType(events, 'warning').map(({ message }) => message)
}

it('warns once of each peer whose texts are cut at the limit of the setting in more than a fifth', async () => {
  // An unreadable answer is cut and has four tokens.
  const limit = { maxCompletionLength: 4 }
  expect(await said(limit, { unreadable: 1 })).toEqual([
    ...['ada', 'bo'].map(
      (id) =>
        `${id}: the length limit cut 12 of 12 ideas, 12 of 12 analyses, 12 of 12 joint answers; set maxCompletionLength to more than 4`,
    ),
  ])
  expect(await said(limit, { unreadable: 0 })).toEqual([])
  const alone = { ...limit, method: 'share-only' } as const
  expect((await said(alone, { unreadable: 1 }))[0]).toBe(
    'ada: the length limit cut 12 of 12 ideas; set maxCompletionLength to more than 4',
  )
})

it('does not blame the setting for answers that end before it', async () => {
  expect(await said({ maxCompletionLength: 5 }, { unreadable: 1 })).toEqual([])
})

it('warns once where the peers reply to most ranking prompts with no order', async () => {
  const judged = { difficultyJudge: 'prompt' } as const
  expect(await said(judged, { order: () => 'Hard to say.' })).toEqual([
    expect.stringMatching(/^6 of 6 difficulties could not be read .* choose difficultyJudge "confidence"/),
  ])
  expect(await said(judged, {})).toEqual([])
  expect(await said({}, { order: () => 'Hard to say.' })).toEqual([])
})

it('passes on what peers say about their device, once', async () => {
  expect(await said({}, { notice: 'The graphics card computes wrongly.' })).toEqual([
    'The graphics card computes wrongly.',
  ])
})

it('sets the longest completion of every stage and of the loss', async () => {
  const { peers } = await trained({ ...G, maxCompletionLength: 40 })
  for (const { generated, updates } of peers) {
    expect(new Set(generated.map(({ request }) => request.maxNewTokens))).toEqual(new Set([40]))
    for (const { loss } of updates) expect(loss.maxCompletionLength).toBe(40)
  }
})
