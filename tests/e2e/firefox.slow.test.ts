/** The page in an unmodified Firefox: on wasm, without WebGPU. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BidiSession } from '../../src/cli/browsers/bidi'
import { findFirefox } from '../../src/cli/browsers/browser'
import { type Firefox, openFirefox } from '../../src/cli/browsers/firefox'
import { ensureBuild, type Site, serveBuild } from '../../src/cli/site/site'
import { press, said, texts, until } from './scripted_visit'
import { linkTo, quickRun } from './visitors'

const RUN = quickRun({ steps: 2 })
/** The Escape key in WebDriver's encoding. */
const ESCAPE = '\uE00C'

let site: Site
let firefox: Firefox | null = null
beforeAll(async () => {
  const executablePath = findFirefox()
  if (executablePath === null) return
  await ensureBuild()
  site = await serveBuild(0)
  firefox = await openFirefox(executablePath)
  if (firefox === null) throw new Error(`${executablePath} does not start`)
}, 240_000)
afterAll(async () => {
  await firefox?.close()
  await site?.close()
})

/** Presses keys at the focus, one after the other. */
const type = (session: BidiSession, text: string) =>
  session.pageCommand('input.performActions', {
    actions: [
      {
        type: 'key',
        id: 'keyboard',
        actions: [...text].flatMap((value) => [
          { type: 'keyDown', value },
          { type: 'keyUp', value },
        ]),
      },
    ],
  })

test('a recording plays, the page says that WebGPU is missing, and peers learn and answer on wasm', async ({
  skip,
}) => {
  if (firefox === null) return skip('no Firefox here')
  const { session } = firefox
  await session.open(site.url)
  await until(session, 'document.querySelector(".stage-text .word")')
  await until(
    session,
    '/^recorded, step \\d+$/.test(document.querySelector(".exchange-step")?.textContent ?? "")',
  )

  await press(session, 'Settings')
  await said(session, 'No graphics card here')
  expect(await texts(session, '.hint-strong')).toEqual([expect.stringMatching(/dom\.webgpu\.enabled/)])
  expect(await session.evaluate('return document.querySelector("input[value=webgpu]").disabled')).toBe(true)

  // Opens another page first, because a link that differs only after # loads no page.
  await session.open('about:blank')
  await session.open(site.url + linkTo(RUN))
  await press(session, 'Start the shared run')
  await said(session, 'Done: 2 steps')
  expect(await texts(session, '.exchange-step')).toEqual(['step 2'])
  expect(await texts(session, '.digest')).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  const written = await texts(session, '.stage-text')
  // Equal final answers share a bubble.
  expect(written.length).toBeGreaterThanOrEqual(5)
  expect(written.every((text) => text.trim() !== '')).toBe(true)

  await session.evaluate('document.querySelector(".bubble-more").click()')
  await until(session, 'document.querySelector("dialog [role=listbox] [role=option]")')
  await type(session, ESCAPE)
  await until(session, '!document.querySelector("dialog")')

  await press(session, 'Lesson')
  await said(session, 'Lesson 1 of 8')
  await press(session, 'Next')
  await said(session, 'Lesson 2 of 8')
  await type(session, ESCAPE)
  await until(session, '!document.querySelector(".lesson")')

  await press(session, 'Ask them')
  await until(session, 'document.querySelector(".ask textarea")')
  await session.evaluate('document.querySelector(".ask textarea").focus()')
  await type(session, 'Max has 9 pens. Tom has 6 fewer than Max. How many pens do they have together?')
  await press(session, 'Ask')
  await said(session, 'All have answered')
  expect((await texts(session, '.ask-answers .ask-final')).every((text) => /\d/.test(text))).toBe(true)
  expect(session.troubles).toEqual([])
}, 300_000)
