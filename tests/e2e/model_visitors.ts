/** Visitors who bring models of their own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Locator, Page } from 'playwright'
import { button, fillSettings, openSettings, type Visit, type VisitedSite } from './visitors'

const SMALL_RUN = {
  Steps: '1',
  'Questions per step': '1',
  'Tries per question': '2',
  'Ability questions': '1',
  'Test every': '1',
  'Test size': '1',
}

export interface Chooser extends Visit {
  readonly dialog: Locator
}

export interface ChooserOptions {
  /** The hub's address that the visitor's browser remembers. */
  readonly hub?: string
  /** Whether the browser has a directory picker. */
  readonly picker?: boolean
}

export async function visitToChoose(
  site: VisitedSite,
  { hub, picker = true }: ChooserOptions = {},
): Promise<Chooser> {
  const visit = await site.visit(site.address, (context) =>
    context.addInitScript(
      ([url, hasPicker]) => {
        if (url !== null) localStorage.setItem('colloquy-hub', url)
        if (!hasPicker) Reflect.deleteProperty(globalThis, 'showDirectoryPicker')
      },
      [hub ?? null, picker] as const,
    ),
  )
  return { ...visit, dialog: visit.page.getByRole('dialog') }
}

export async function openFor(page: Page, peer: string): Promise<void> {
  await openSettings(page)
  await button(page, `Change model of ${peer}…`).click()
  await page.getByRole('dialog', { name: `Model of ${peer}` }).waitFor()
}

/** Gives a peer a folder by the file input that browsers without a directory picker have. */
export async function pick({ page, dialog }: Chooser, peer: string, picked: string): Promise<void> {
  await openFor(page, peer)
  await dialog.getByLabel('Choose folder').setInputFiles(picked)
  await dialog.waitFor({ state: 'hidden' })
}

/** One step of one question. */
export async function makeRunSmall(page: Page): Promise<void> {
  await fillSettings(page, SMALL_RUN)
}

/** Writes a model folder to disk. @returns its path */
export function writeModel(
  parent: string,
  name: string,
  files: Iterable<readonly [string, Uint8Array]>,
): string {
  const folder = join(parent, name)
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  return folder
}
