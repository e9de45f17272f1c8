import { afterAll, beforeAll, expect, test } from 'vitest'
import { policyHeaders } from '../../src/build/content_security'
import { serveBuild } from '../../src/cli/site/site'
import type { KeptEvent } from '../../src/runs/file/run_record'
import { writeRunFile } from '../../src/runs/file/write_run_file'
import { ISOLATION_HEADERS } from '../../workers/browser/isolation'
import { joined, scriptedRecords } from '../unit/run_file_forge'
import { servePlainly } from './plain_server'
import { reportsTo, violations, watchViolations } from './policy_violations'
import { button, headline, openSite, openTab, textDetails, type VisitedSite } from './visitors'

let ours: VisitedSite
let plain: VisitedSite
/** Reports of browsers to our server. */
const reports: string[] = []

beforeAll(async () => {
  ours = await openSite(() => serveBuild(0, { plugins: [reportsTo(reports)] }))
  plain = await openSite(() => servePlainly())
})
afterAll(async () => {
  await ours?.close()
  await plain?.close()
})

test('an answer without a body has all headers of security, too', async () => {
  const document = await fetch(`${ours.address}embed.html`)
  const tag = document.headers.get('etag') ?? ''
  const same = await fetch(`${ours.address}embed.html`, { headers: { 'If-None-Match': tag } })
  expect([document.status, same.status]).toEqual([200, 304])
  for (const name of Object.keys({ ...ISOLATION_HEADERS, ...policyHeaders('/embed.html') }))
    expect(same.headers.get(name), name).toBe(document.headers.get(name))
})

const ELSEWHERE = 'https://elsewhere.example.org'

/** Hostile markup, by the rule that stops it. Markup that runs records that. */
const MARKUP = [
  ['base-uri', `<base href="${ELSEWHERE}/">`],
  ['script-src-elem', `<script>ran.push('script')</script>`],
  ['script-src-elem', `<script type="module">ran.push('module')</script>`],
  ['script-src-elem', `<script src="${ELSEWHERE}/script.js"></script>`],
  ['script-src-elem', `<script type="module" src="${ELSEWHERE}/module.js"></script>`],
  ['script-src-attr', `<img src="none.gif" onerror="ran.push('handler')">`],
  ['style-src-elem', `<style>h1 { color: red }</style>`],
  ['style-src-elem', `<link rel="stylesheet" href="${ELSEWHERE}/style.css">`],
  ['style-src-attr', `<p style="color: red">Styled</p>`],
  ['frame-src', `<iframe src="${ELSEWHERE}/frame.html"></iframe>`],
  ['object-src', `<object data="${ELSEWHERE}/object.html"></object>`],
  ['img-src', `<img src="${ELSEWHERE}/image.gif">`],
  ['media-src', `<video src="${ELSEWHERE}/video.webm"></video>`],
  ['form-action', `<form id="form" action="${ELSEWHERE}/form"></form>`],
  ['script-src-elem', `<a id="link" href="javascript:ran.push('link')">Link</a>`],
] as const

/** A document of its own, which reports stopped actions itself. */
const FRAME = `<iframe srcdoc="<script>parent.ran.push('frame')</script>"></iframe>`

test('injected markup runs, sends and fetches nothing', async () => {
  const asked: string[] = []
  const { context, page } = await plain.visit('about:blank', async (fresh) => {
    await fresh.route(`${ELSEWHERE}/**`, (route) => {
      asked.push(route.request().url())
      return route.fulfill({ body: `ran.push('elsewhere')` })
    })
    await fresh.route(plain.address, async (route) => {
      const response = await route.fetch()
      const injected = `<body>${FRAME}${MARKUP.map(([, markup]) => markup).join('')}`
      await route.fulfill({ response, body: (await response.text()).replace('<body>', injected) })
    })
    await fresh.addInitScript(() => Object.assign(globalThis, { ran: [] }))
  })
  await watchViolations(page)
  await page.goto(plain.address)
  await button(page, 'Let them learn').waitFor()
  await page.evaluate(() => {
    document.querySelector<HTMLAnchorElement>('#link')?.click()
    document.querySelector<HTMLFormElement>('#form')?.requestSubmit()
  })
  await expect
    .poll(async () => (await violations(page)).map((seen) => seen.split(' ')[0]).sort())
    .toEqual(MARKUP.map(([directive]) => directive).sort())
  expect(await page.evaluate(() => (globalThis as unknown as { ran: string[] }).ran)).toEqual([])
  expect(await page.evaluate(() => document.baseURI)).toBe(plain.address)
  expect(asked).toEqual([])
  await context.close()
})

test('text becomes neither code, nor markup, nor a worker, and no socket opens', async () => {
  const { context, page } = await plain.visit(plain.address, watchViolations)
  const tried = await page.evaluate(async (elsewhere) => {
    const code = 'globalThis.ran = true'
    const blob = () => URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
    const { trustedTypes } = globalThis as unknown as {
      trustedTypes: { createPolicy(name: string, rules: object): unknown }
    }
    const ways: readonly (() => unknown)[] = [
      // biome-ignore lint/security/noGlobalEval: it is to fail
      () => globalThis.eval(code),
      () => new Function(code)(),
      () => setTimeout(code),
      () => Object.assign(document.createElement('script'), { src: `${elsewhere}/script.js` }),
      () => new Worker(blob()),
      () => new Worker(`${elsewhere}/worker.js`),
      () => Object.assign(document.body, { innerHTML: '<b>bold</b>' }),
      () => document.body.insertAdjacentHTML('beforeend', '<b>bold</b>'),
      () => document.write('<b>bold</b>'),
      () => trustedTypes.createPolicy('mine', {}),
      () => new WebSocket('wss://elsewhere.example.org/'),
      () => fetch('data:text/plain,text'),
    ]
    // Eval is allowed during a DevTools call, so wait until it ends.
    await new Promise((later) => setTimeout(later))
    for (const way of ways)
      try {
        await way()
      } catch {
        // Some calls throw, others do not; all are reported below.
      }
    return ways.length
  }, ELSEWHERE)
  await expect
    .poll(async () => (await violations(page)).map((seen) => seen.split(' ')[0]))
    .toEqual([
      ...Array.from({ length: 9 }, () => 'require-trusted-types-for'),
      'trusted-types',
      'connect-src',
      'connect-src',
    ])
  expect(tried).toBe(12)
  expect(await page.evaluate(() => ['ran' in globalThis, document.querySelector('b')])).toEqual([false, null])
  await context.close()
})

test('model output and file contents are shown as text', async () => {
  const markup = MARKUP.map(([, text]) => text).join(' ')
  const { records } = await scriptedRecords({
    peers: [
      { id: '<b>ada</b>', source: 'models/ada' },
      { id: '<img src=x>', source: 'models/bo' },
    ],
    steps: 3,
    questionsPerStep: 1,
    checkpointEvery: 1,
  })
  const record = records[0]
  const events = record.events.map((event) => (event.type === 'exchange' ? withText(event, markup) : event))
  const { context, page, troubles } = await ours.visit(ours.address, watchViolations)
  await openTab(page, 'Details')
  await page.locator('.run-files input[type=file]').setInputFiles({
    name: 'run.colloquy.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from(joined(writeRunFile({ ...record, events }))),
  })
  await headline(page, /was saved at step 2 of 3$/).waitFor()
  await openTab(page, 'Discussion')
  const card = page.getByRole('article', { name: '<b>ada</b>, share' })
  await expect.poll(() => card.locator('.stage-text').textContent()).toBe(markup)
  const details = await textDetails(page, '<b>ada</b>', 'share')
  await expect.poll(() => details.locator('.prompt').last().textContent()).toBe(markup)
  await page.keyboard.press('Escape')
  await expect.poll(() => page.locator('.question-text').textContent()).toBe(markup)
  await openTab(page, 'Details')
  const name = page.getByRole('textbox', { name: /^Name of the run/ })
  await page.getByText('Kept runs (1)').click()
  await name.fill(markup)
  await name.press('Enter')
  await button(page, 'Delete').click()
  await page.getByText(`${markup} was deleted.`).waitFor()
  expect(
    await page
      .locator('main :is(b, img, script, iframe, object, video, form:not(.ask-form), base, style)')
      .count(),
  ).toBe(0)
  expect({ page: await violations(page), reports, troubles }).toEqual({ page: [], reports: [], troubles: [] })
  await context.close()
})

/** The exchange with another question, other prompts and other answers. */
function withText(event: Extract<KeptEvent, { type: 'exchange' }>, text: string): KeptEvent {
  const { exchange } = event
  const peers = Object.fromEntries(
    Object.entries(exchange.peers).map(([peer, stages]) => [
      peer,
      stages.map((stage) => ({ ...stage, prompt: text, text })),
    ]),
  )
  return { ...event, exchange: { ...exchange, question: { ...exchange.question, text }, peers } }
}
