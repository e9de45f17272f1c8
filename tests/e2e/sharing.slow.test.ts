/** Links that hide parts of the page, start a run by themselves, or name servers. */
import { mkdirSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { Plugin } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADDRESS_HEADER, ONLY_HERE } from '../../src/app/sharing/page_address'
import { lanAddresses, tellsItsAddress } from '../../src/cli/site/lan_addresses'
import { serveBuild } from '../../src/cli/site/site'
import { presetConfig } from '../../src/config/presets'
import { shareLink } from '../../src/runs/share_link'
import { appears } from './appears'
import { headlineText, keptRuns, notice, openLink, SMALL, shots, UNKNOWN } from './shared_run_visits'
import { button, drawn, headline, openSettings, openSite, openTab, SHOTS, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(() => site?.close())

test('a lesson hides panels, starts by itself where no consent is needed, and replaces no kept run', async () => {
  const link = shareLink(
    site.address,
    { config: SMALL, ...UNKNOWN },
    { hide: ['preset', 'more', 'seed', 'metrics', 'skills', 'warnings'], autostart: true, page: null },
  )
  const { context, page, troubles } = await openLink(site, link)
  await appears(page.getByText(/^Done: 2 steps/))
  await openSettings(page)
  await expect.poll(() => page.getByLabel('Preset').count()).toBe(0)
  await expect.poll(() => page.getByLabel('Seed', { exact: true }).count()).toBe(0)
  await expect.poll(() => page.getByText('More settings').isVisible()).toBe(false)
  await expect.poll(() => page.getByLabel('Steps', { exact: true }).count()).toBe(1)
  await openTab(page, 'Details')
  await page.getByRole('heading', { name: /^Runs$/ }).waitFor()
  for (const hidden of ['.metrics', '.skills', '.warnings'])
    await expect.poll(() => page.locator(hidden).count()).toBe(0)
  await expect.poll(() => page.locator('.exchange').count()).toBe(1)
  await shots(page, 'lesson')
  await page.reload()
  // The kept run is in view; it does not start again, and nothing offers that.
  await headline(page, 'Done: 2 of 2 steps').waitFor()
  await notice(page).getByText('Your run of it is in view.').waitFor()
  await expect.poll(() => button(page, 'Start the shared run').count()).toBe(0)
  await openTab(page, 'Details')
  await page.getByText('Kept runs (1)').waitFor()
  expect(await keptRuns(page)).toBe(1)
  expect(troubles).toEqual([])
  await context.close()
})

test('no host is contacted before the visitor agrees to it by name, whatever the link says', async () => {
  const config = presetConfig('duet', {
    task: 'question-file',
    questionFile: 'https://questions.example.org/q.jsonl',
    steps: 1,
  })
  const link = shareLink(site.address, { config, ...UNKNOWN }, { hide: [], autostart: true, page: null })
  const { context, page, troubles } = await openLink(site, link)
  let asked = 0
  await context.route('https://questions.example.org/**', (route) => {
    asked++
    return route.fulfill({ status: 404, headers: { 'access-control-allow-origin': '*' } })
  })
  await notice(page).getByText('It needs something from questions.example.org.').waitFor()
  await openTab(page, 'Details')
  await page.getByText('Kept runs (0)').waitFor()
  await drawn(page)
  expect(await headlineText(page)).toBe('Ready')
  // Both ways to start it.
  for (const name of ['Start the shared run', 'Let them learn']) {
    await button(page, name).click()
    const dialog = page.getByRole('dialog', { name: 'May this page ask questions.example.org?' })
    await dialog.waitFor()
    if (name === 'Let them learn') await shots(page, 'consent')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await headlineText(page)).toBe('Ready')
  }
  expect(asked).toBe(0)
  expect(troubles).toEqual([])
  await button(page, 'Let them learn').click()
  await button(page, 'Fetch it and start').click()
  await appears(page.getByRole('alert').getByText('questions.example.org/q.jsonl').first())
  expect(asked).toBe(1)
  await context.close()
})

test('no model host is contacted either', async () => {
  const peers = ['ann', 'ben'].map((id) => ({ id, source: 'https://models.example.org/m' }))
  const link = shareLink(
    site.address,
    { config: presetConfig('duet', { peers }), ...UNKNOWN },
    { hide: ['models'], autostart: true, page: null },
  )
  const { context, page, troubles } = await openLink(site, link)
  await notice(page).getByText('It needs something from models.example.org.').waitFor()
  await button(page, 'Start the shared run').click()
  await page
    .getByRole('dialog', { name: 'Model of ann' })
    .getByRole('button', { name: 'Look it up' })
    .waitFor()
  expect(troubles).toEqual([])
  expect(await keptRuns(page)).toBe(0)
  await context.close()
})

test('invalid links are reported, and leave nothing behind', async () => {
  const good = shareLink(site.address, { config: SMALL, ...UNKNOWN })
  const incomplete = 'This link is incomplete. Copy all of it again.'
  for (const [link, text] of [
    [good.slice(0, -5), incomplete],
    [`${good}&hide=everything`, 'This link has "everything", which this page does not understand (hide)'],
    [`${good}&autostart=javascript:alert(1)`, 'does not understand (autostart)'],
    [`${good}&lesson=nine`, 'does not understand (lesson)'],
    [`${site.address}#run=1<img src=x onerror=alert(1)>`, incomplete],
  ]) {
    const { context, page, troubles } = await openLink(site, link)
    await page.getByRole('alert').getByText(text).waitFor()
    await expect.poll(() => notice(page).count()).toBe(0)
    expect(await headlineText(page)).toBe('Ready')
    expect(await keptRuns(page)).toBe(0)
    expect(await page.evaluate(() => localStorage.length)).toBe(0)
    expect(troubles).toEqual([])
    if (link.includes('hide')) await shots(page, 'unusable')
    await context.close()
  }
})

test('at localhost Share and the worksheet use the server’s network address, or say that there is none', async () => {
  const shared = async (address: string) => {
    const { context, page, troubles } = await site.visit(address)
    await button(page, 'Share').click()
    const dialog = page.getByRole('dialog', { name: 'Share this run' })
    const link = dialog.getByLabel('Link', { exact: true })
    await expect.poll(() => link.inputValue()).toMatch(/#run=/)
    return { context, page, dialog, link, troubles }
  }
  const alone = await shared(site.address)
  await alone.dialog.getByText(ONLY_HERE).waitFor()
  await expect.poll(() => alone.dialog.getByText('npm start').isVisible()).toBe(false)
  await expect.poll(() => alone.link.inputValue()).toContain(`${site.address}#run=`)
  await alone.context.close()

  const told = 'http://192.168.1.20:4173/'
  const tells: Plugin = {
    name: 'tells',
    configurePreviewServer({ middlewares }) {
      middlewares.use((_request, response, next) => {
        response.setHeader(ADDRESS_HEADER, told)
        next()
      })
    },
  }
  const lan = await serveBuild(0, { plugins: [tells] })
  const { context, page, dialog, link, troubles } = await shared(lan.url)
  await expect.poll(() => link.inputValue()).toContain(`${told}#run=`)
  await expect.poll(() => dialog.getByText(ONLY_HERE).count()).toBe(0)
  await dialog.getByText('For a page of your own').click()
  await expect
    .poll(() => dialog.getByLabel('HTML of a frame').inputValue())
    .toContain(`<iframe src="${told}embed.html#run=`)
  await page.keyboard.press('Escape')
  await button(page, 'Lesson').click()
  await button(page, 'Print worksheet').click()
  await page.getByRole('link', { name: `${told}#run=` }).waitFor()
  expect(troubles.filter((trouble) => !trouble.includes(lan.url))).toEqual([])
  await context.close()
  await lan.close()
})

test('our server tells its address in the network', async () => {
  const lan = await serveBuild(0, { plugins: [tellsItsAddress()] })
  const { headers } = await fetch(lan.url, { method: 'HEAD' })
  expect(headers.get(ADDRESS_HEADER)).toBe(lanAddresses(lan.url, networkInterfaces())[0] ?? null)
  await lan.close()
})
