import { useEffect, useState } from 'preact/hooks'
import type { OpenedLink } from '../../runs/share_link'

const NOTHING: OpenedLink = { shared: null, hide: [], autostart: false, page: null }

/**
 * What the page's address says behind `#`, also where it changes while the page is open. A link that cannot be used says nothing; what is
 * wrong with it goes to `onError`. What reads links is loaded where there is one.
 */
export function useLink(onError: (error: unknown) => void): OpenedLink {
  const [opened, setOpened] = useState(NOTHING)
  useEffect(() => {
    let newest = 0
    const open = async () => {
      const { hash } = location
      const turn = ++newest
      let found: OpenedLink | null = null
      try {
        if (hash !== '') found = (await import('../../runs/share_link')).readLink(hash)
      } catch (error) {
        onError(error)
      }
      if (turn === newest) setOpened(found ?? NOTHING)
    }
    void open()
    addEventListener('hashchange', open)
    return () => {
      newest++
      removeEventListener('hashchange', open)
    }
  }, [onError])
  return opened
}
