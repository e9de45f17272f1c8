/** The page in WebKit, the engine of Safari: on wasm, without WebGPU. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findWebKit } from '../../src/cli/browsers/browser'
import { openWebKit, type WebKit } from '../../src/cli/browsers/webkit'
import { ensureBuild, type Site, serveBuild } from '../../src/cli/site/site'
import { press, said, texts, until } from './scripted_visit'
import { linkTo, quickRun } from './visitors'

const RUN = quickRun({ steps: 2, checkpointEvery: 1 })

let site: Site
let webkit: WebKit | null = null
beforeAll(async () => {
  const driver = findWebKit()
  if (driver === null) return
  await ensureBuild()
  site = await serveBuild(0)
  webkit = await openWebKit(driver)
})
afterAll(async () => {
  await webkit?.close()
  await site?.close()
})

test('a recording plays, the page says that WebGPU is missing, peers learn on wasm, and a left run ends', async ({
  skip,
}) => {
  if (webkit === null) return skip('no WebKit here')
  const { session } = webkit
  await session.open(site.url)
  await until(session, 'document.querySelector(".stage-text .word")')
  await press(session, 'Settings')
  await said(session, 'No graphics card here')
  expect(await session.evaluate('return document.querySelector("input[value=webgpu]").disabled')).toBe(true)
  expect(await session.evaluate('return crossOriginIsolated')).toBe(true)
  // WebKit keeps a page that was left during the creation of its database, and holds the database.
  await press(session, 'Details')
  await said(session, 'None yet')

  // Another page, since what follows # loads none.
  await session.open('about:blank')
  await session.open(site.url + linkTo(RUN))
  await press(session, 'Start the shared run')
  await said(session, 'Done: 2 steps')
  const digest = await texts(session, '.digest')
  expect(digest).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  await until(
    session,
    '[...document.querySelectorAll(".stage-text")].filter(({ textContent }) => textContent.trim() !== "").length >= 5',
  )

  await session.evaluate('document.querySelector(".bubble-more").click()')
  await until(session, 'document.querySelector("dialog [role=listbox] [role=option]")')
  await session.evaluate('document.querySelector("dialog").close()')
  await press(session, 'Lesson')
  await said(session, 'Lesson 1 of 8')

  // The visitor leaves during a run and returns: WebKit keeps the page, and no part of the run may live on.
  await press(session, 'Close')
  await press(session, 'Next step')
  await said(session, 'Paused: 1 of 2 steps')
  await session.open('about:blank')
  await session.open(site.url + linkTo(RUN))
  await press(session, 'Continue')
  await said(session, 'Done: 2 steps')
  expect(await texts(session, '.digest')).toEqual(digest)
})
