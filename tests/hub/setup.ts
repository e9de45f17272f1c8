/**
 * Sets up a fake hub on a port and a store in a new folder for every test; the bindings belong to the current
 * test.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { type HubContext, hubContext } from '../../src/hub/context'
import { type DownloadProgress, downloadModel } from '../../src/hub/download'
import { FolderStore } from '../../src/hub/folder_store'
import { confirm, type DownloadPlan, planDownload } from '../../src/hub/plan'
import { readDownloaded } from '../../src/hub/read'
import { hostOf, type RemoteSource } from '../../src/hub/source'
import { FakeHub, tinyFiles } from './fake_hub'
import { serveFakeHub } from './serve_fake_hub'

export const MODEL = 'onnx/model_q4.onnx'
export const DATA = 'onnx/model_q4.onnx_data'
export const SIZE = 40_000
export const NEEDED = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  MODEL,
  DATA,
]

/** Requests of a look-up: the list, and the files that describe the model. */
export const LOOKED_UP = ['tree', 'config.json', 'tokenizer_config.json']

let folder: string
export let hub: FakeHub
export let server: Awaited<ReturnType<typeof serveFakeHub>>
export let context: HubContext
export let waits: number[]
export const source = { kind: 'hub', id: 'owner/tiny', revision: 'main' } as const

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-hub-'))
  hub = await FakeHub.open(tinyFiles())
  server = await serveFakeHub(hub)
  waits = []
  context = hubContext(new FolderStore(folder), {
    hub: server.url,
    // A busy machine can block this process for seconds; a test of silence sets a shorter limit.
    stallMilliseconds: 60_000,
    sleep: async (milliseconds) => {
      waits.push(milliseconds)
    },
  })
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

export function plan(of: RemoteSource = source): Promise<DownloadPlan> {
  return planDownload(of, context, hostOf(of, context.hub))
}

export async function download(
  onProgress?: (progress: DownloadProgress) => void,
  signal?: AbortSignal,
): Promise<void> {
  const made = await plan()
  await downloadModel(confirm(made, made.bytes), context, onProgress, signal)
}

/** Changes the context of downloads from here on. */
export function change(changes: Partial<HubContext>): void {
  context = { ...context, ...changes }
}

/** Replaces the current hub. */
export async function changeHub(next: FakeHub): Promise<void> {
  await server.close()
  hub = next
  server = await serveFakeHub(hub)
  change({ hub: server.url })
}

/** Returns a clock that advances by a fixed time on every reading. */
export function ticking(milliseconds: number): () => number {
  let now = 0
  return () => {
    now += milliseconds
    return now
  }
}

/** Expects that all wanted files are complete and right, and no partial file is left. */
export async function expectWhole(): Promise<void> {
  const read = readDownloaded(source, context.store, context.hub)
  for (const path of NEEDED)
    expect(Buffer.compare((await read(path)) ?? Buffer.of(), hub.files.get(path) ?? Buffer.of(1)), path).toBe(
      0,
    )
  expect(await context.store.parts()).toEqual([])
  expect((await plan()).bytes).toBe(0)
}
