import { useEffect, useState } from 'preact/hooks'
import type { OpenedLink } from '../../runs/share_link'

type Notice = typeof import('./shared_run_notice').SharedRunNotice

/** A link that was opened. */
export interface PageLink extends OpenedLink {
  /** Whether the page was opened by a link that is not read yet, so that it is not known what it hides, and what it puts in front. */
  readonly reading: boolean
  /** Shows its run; null where it has none. */
  readonly Notice: Notice | null
}

const NOTHING: PageLink = {
  reading: false,
  shared: null,
  hide: [],
  autostart: false,
  page: null,
  Notice: null,
}

/**
 * What the page's address says behind `#`, also where it changes while the page is open. A link that cannot be used says nothing; what is
 * wrong with it goes to `onError`. What reads links, and shows their runs, is loaded where there is one.
 */
export function useLink(onError: (error: unknown) => void): PageLink {
  const [now, setNow] = useState<PageLink>(() => ({ ...NOTHING, reading: location.hash !== '' }))
  useEffect(() => {
    let newest = 0
    const open = async () => {
      const { hash } = location
      const turn = ++newest
      let found: PageLink | null = null
      try {
        if (hash !== '') found = await opened(hash)
      } catch (error) {
        onError(error)
      }
      if (turn === newest) setNow(found ?? NOTHING)
    }
    void open()
    addEventListener('hashchange', open)
    return () => {
      newest++
      removeEventListener('hashchange', open)
    }
  }, [onError])
  return now
}

async function opened(hash: string): Promise<PageLink | null> {
  const { readLink } = await import('../../runs/share_link')
  const link = readLink(hash)
  if (link === null || link.shared === null) return link && { ...NOTHING, ...link }
  const { SharedRunNotice } = await import('./shared_run_notice')
  return { ...NOTHING, ...link, Notice: SharedRunNotice }
}
