/** The store of node: a folder, laid out by host and path, so that people find files in it. */

import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { ColloquyError } from '../errors'
import type { FileHash } from './hash'
import { listingSchema } from './listing'
import {
  LISTING,
  type Listing,
  META,
  type ModelStore,
  PART,
  type PartWriter,
  type StoredFile,
  storedUrl,
  storePath,
} from './store'

export const DEFAULT_FOLDER = join(homedir(), '.cache', 'colloquy')

const LOCK = '.colloquy-lock'
const PART_META = `${PART}.json`

export class FolderStore implements ModelStore {
  readonly root: string
  constructor(root = DEFAULT_FOLDER) {
    this.root = resolve(root)
  }

  private path(url: string): string {
    return join(this.root, ...storePath(url).split('/'))
  }

  async find(url: string): Promise<StoredFile | null> {
    const size = await sizeOf(this.path(url))
    if (size === null) return null
    const meta = (await json(this.path(url) + META)) as { size?: number; hash?: FileHash | null } | null
    // A file that was put there by hand, or changed since, is unchecked.
    return { url, size, hash: meta?.size === size ? (meta.hash ?? null) : null }
  }

  async read(url: string): Promise<Uint8Array | null> {
    const found = await readFile(this.path(url)).catch(absent)
    return found && new Uint8Array(found.buffer, found.byteOffset, found.byteLength)
  }

  stream(url: string): AsyncIterable<Uint8Array> {
    return createReadStream(this.path(url), { highWaterMark: 1 << 20 })
  }

  async markChecked(url: string, hash: FileHash): Promise<void> {
    const size = await sizeOf(this.path(url))
    await this.write(this.path(url) + META, JSON.stringify({ size, hash }))
  }

  async part(url: string) {
    const size = await sizeOf(this.path(url) + PART)
    if (size === null) return null
    const meta = (await json(this.path(url) + PART_META)) as { etag?: string } | null
    return { size, etag: meta?.etag ?? null }
  }

  async *streamPart(url: string): AsyncGenerator<Uint8Array> {
    if ((await sizeOf(this.path(url) + PART)) !== null)
      yield* createReadStream(this.path(url) + PART, { highWaterMark: 1 << 20 })
  }

  async openPart(url: string, etag: string | null): Promise<PartWriter> {
    const path = this.path(url) + PART
    if ((await sizeOf(path)) === null) await this.write(this.path(url) + PART_META, JSON.stringify({ etag }))
    const file = await this.guard(path, () => open(path, 'a'))
    return {
      write: (bytes) => this.guard(path, () => file.writeFile(bytes)),
      close: () => file.close(),
    }
  }

  async dropPart(url: string): Promise<void> {
    await rm(this.path(url) + PART, { force: true })
    await rm(this.path(url) + PART_META, { force: true })
  }

  async finish({ url, size, hash }: StoredFile): Promise<void> {
    const path = this.path(url)
    await this.guard(path, () => rename(path + PART, path))
    await this.write(path + META, JSON.stringify({ size, hash }))
    await this.dropPart(url)
  }

  async remove(url: string): Promise<void> {
    await rm(this.path(url), { force: true })
    await rm(this.path(url) + META, { force: true })
    await this.dropPart(url)
    await this.prune(dirname(this.path(url)))
  }

  /** Removes empty folders, from this one up to the root. */
  private async prune(folder: string): Promise<void> {
    for (let at = folder; at.startsWith(this.root + sep); at = dirname(at)) {
      const names = await readdir(at).catch(absent)
      if (names === null || names.length > 0) return
      await rm(at, { recursive: true, force: true })
    }
  }

  async files(): Promise<StoredFile[]> {
    const paths = (await this.all()).filter(
      (path) => !/\.colloquy(-part|-lock)?(\.json)?(\.new)?$/.test(path),
    )
    const found = await Promise.all(paths.map((path) => this.find(storedUrl(path))))
    return found.filter((file) => file !== null)
  }

  async parts(): Promise<{ url: string; size: number }[]> {
    const urls = (await this.all())
      .filter((path) => path.endsWith(PART))
      .map((path) => storedUrl(path.slice(0, -PART.length)))
    return Promise.all(urls.map(async (url) => ({ url, size: (await this.part(url))?.size ?? 0 })))
  }

  /** Returns the path of every file below the root, with `/`. */
  private async all(): Promise<string[]> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true }).catch(absent)
    return (entries ?? [])
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
      .filter((path) => /^https?\/[^/]+\//.test(path))
  }

  async listing(base: string): Promise<Listing | null> {
    const listing = listingSchema.safeParse(await json(join(this.path(base), LISTING)))
    return listing.success ? listing.data : null
  }

  async listings(): Promise<Listing[]> {
    const bases = (await this.all())
      .filter((path) => path.endsWith(`/${LISTING}`))
      .map((path) => storedUrl(path.slice(0, -LISTING.length)))
    const found = await Promise.all(bases.map((base) => this.listing(base)))
    return found.filter((listing) => listing !== null)
  }

  saveListing(listing: Listing): Promise<void> {
    return this.write(join(this.path(listing.base), LISTING), JSON.stringify(listing, null, 1))
  }

  async removeListing(base: string): Promise<void> {
    await rm(join(this.path(base), LISTING), { force: true })
    await this.prune(resolve(this.path(base)))
  }

  async room(): Promise<number | null> {
    for (let at = this.root; ; at = dirname(at)) {
      const disk = await statfs(at).catch(() => null)
      if (disk) return disk.bavail * disk.bsize
      if (at === dirname(at)) return null
    }
  }

  async exclusive<T>(url: string, work: () => Promise<T>): Promise<T> {
    const path = this.path(url) + LOCK
    await this.lock(url, path)
    try {
      return await work()
    } finally {
      await rm(path, { force: true })
    }
  }

  /**
   * Takes the lock of a URL. The lock names its process, so that a lock of an ended process does not count.
   */
  private async lock(url: string, path: string): Promise<void> {
    const take = () => writeFile(path, String(process.pid), { flag: 'wx' }).then(() => true)
    const exists = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    }
    await this.guard(path, () => mkdir(dirname(path), { recursive: true }))
    if (await this.guard(path, () => take().catch(exists))) return
    const holder = Number(await readFile(path, 'utf8').catch(() => '0'))
    if (holder > 0 && isAlive(holder))
      throw new ColloquyError({
        code: 'storage',
        what: url,
        found: `process ${holder} that is downloading it`,
        wanted: 'one download at a time',
        todo: 'Wait for it, then try again',
      })
    await rm(path, { force: true })
    if (!(await this.guard(path, () => take().catch(exists)))) await this.lock(url, path)
  }

  /** Writes a new file and renames it, so that the file is complete or unchanged. */
  private async write(path: string, text: string): Promise<void> {
    await this.guard(path, async () => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    })
  }

  private async guard<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      throw new ColloquyError(
        {
          code: 'storage',
          what: path,
          found: code === 'ENOSPC' ? 'no room on the disk' : `a file that cannot be written (${code})`,
          wanted: 'a folder for models that can be written',
          todo: 'Free disk space, or choose another folder with --cache; received bytes are kept',
        },
        { cause },
      )
    }
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}

async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(absent)
  return found?.isFile() ? found.size : null
}

async function json(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(absent)
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
