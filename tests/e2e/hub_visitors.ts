/** A hub on this machine with one model, and visitors who bring that to the page. */
import type { Locator } from 'playwright'
import { bytesText } from '../../src/report/format'
import { buildFixture } from '../fixtures'
import { FakeHub } from '../hub/fake_hub'
import { serveFakeHub } from '../hub/serve_fake_hub'
import { appears } from './appears'
import { type Chooser, openFor } from './model_visitors'
import { button } from './visitors'

export const ID = 'HuggingFaceTB/SmolLM2-135M-Instruct'
export const NAME = 'SmolLM2-135M-Instruct'
export const MODEL = 'onnx/model_q4.onnx'
/** A broken connection, which can lose all received bytes in a slow browser, then a silent one. */
export const BREAKS = [
  { kind: 'drop', after: 300_000 },
  { kind: 'hang', after: 100_000 },
] as const

export interface ServedHub {
  readonly hub: FakeHub
  readonly url: string
  /** The size of the model, as the page writes it. */
  readonly total: string
  close(): Promise<void>
}

export async function openHub(): Promise<ServedHub> {
  const files = await buildFixture({ model: 'smollm2-135m', family: 'builder', dtype: 'q4' })
  const copies = [...files].map(([path, bytes]) => [path, new Uint8Array(bytes)] as const)
  const total = bytesText(copies.reduce((sum, [, { length }]) => sum + length, 0))
  const hub = await FakeHub.open(copies, { id: ID })
  return { hub, total, ...(await serveFakeHub(hub)) }
}

/** Returns the line of a partly downloaded file. */
export function half(dialog: Locator): Locator {
  return dialog.locator('.models-files').getByText(/^[1-9][\d.]* kB of /)
}

/** Looks the model up by the suggestion of the dialog. */
export async function lookUp(dialog: Locator): Promise<void> {
  await button(dialog, ID).click()
  await dialog.getByLabel('Name on the hub').press('Enter')
}

/** Downloads the model as a visitor. */
export async function download({ page, dialog }: Chooser, total: string): Promise<void> {
  await openFor(page, 'eli')
  await lookUp(dialog)
  await button(dialog, `Download ${total}`).click()
  await appears(button(dialog, 'Use it for eli'))
}
