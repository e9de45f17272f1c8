/** What a page owes a phone: the screen stays on while peers learn, and a tab that was ended while it loaded does not do so again by itself. */
import { useEffect, useState } from 'preact/hooks'
import { isOver, type RunStatus } from './state'

/**
 * Keeps the screen on while a run learns: a phone that sleeps stops its workers. Browsers end a wake lock when the
 * page is hidden, so it is asked for again when the page is seen.
 * @returns whether the screen stays on; false where the browser cannot or will not do that
 */
export function useWakeLock(
  status: RunStatus,
  { wakeLock }: { readonly wakeLock?: Pick<WakeLock, 'request'> } = navigator,
): boolean {
  const learns = !isOver(status) && status !== 'paused'
  const [awake, setAwake] = useState(false)
  useEffect(() => {
    if (!learns || wakeLock === undefined) return
    let held: WakeLockSentinel | null = null
    let left = false
    const hold = async () => {
      if (document.hidden || (held !== null && !held.released)) return
      // A device that saves power refuses. The run goes on all the same.
      const lock = await wakeLock.request('screen').catch(() => null)
      if (left) return void lock?.release()
      held = lock
      setAwake(lock !== null)
    }
    void hold()
    document.addEventListener('visibilitychange', hold)
    return () => {
      left = true
      document.removeEventListener('visibilitychange', hold)
      void held?.release()
      setAwake(false)
    }
  }, [learns, wakeLock])
  return awake
}

const LOADING = 'colloquy loads peers'

/** A mark in the tab's storage that says that its peers are loading. A tab that is ended has no chance to take it away. */
export class LoadingMark {
  /** Whether this tab was ended while it loaded peers. */
  readonly wasEnded: boolean

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>) {
    this.wasEnded = storage.getItem(LOADING) !== null
    this.clear()
  }

  follow(status: RunStatus): void {
    if (status === 'loading') this.storage.setItem(LOADING, '1')
    else this.clear()
  }

  /** To be called when the visitor leaves the page. */
  clear(): void {
    this.storage.removeItem(LOADING)
  }
}

/** A browser that blocks storage throws where it is named. */
function tabStorage(): ConstructorParameters<typeof LoadingMark>[0] {
  try {
    return sessionStorage
  } catch {
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }
  }
}

/** @returns whether this tab was ended while it loaded peers */
export function useLoadingMark(status: RunStatus): boolean {
  const [mark] = useState(() => new LoadingMark(tabStorage()))
  useEffect(() => mark.follow(status), [mark, status])
  useEffect(() => {
    const leave = () => mark.clear()
    addEventListener('pagehide', leave)
    return () => removeEventListener('pagehide', leave)
  }, [mark])
  return mark.wasEnded
}

/** Bytes after which iOS ends a tab, as far as is known. */
const IOS_TAB = 1.5e9

/** What a browser tells about its device. */
export interface DeviceFacts {
  /** GiB; at most 8, whatever there is. Left out by Firefox and Safari. */
  readonly deviceMemory?: number
  readonly userAgent: string
  readonly maxTouchPoints: number
}

/** Returns the bytes of memory that a page has at most, null where that is unknown or plenty. An iPad calls itself a Macintosh. */
export function pageMemory({ deviceMemory, userAgent, maxTouchPoints }: DeviceFacts): number | null {
  if (deviceMemory !== undefined) return deviceMemory >= 8 ? null : deviceMemory * 2 ** 30
  const isIos = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)
  return isIos ? IOS_TAB : null
}
