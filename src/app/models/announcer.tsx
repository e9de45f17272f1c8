import { useEffect, useRef, useState } from 'preact/hooks'

/** What a screen reader is told meanwhile would only be interrupted. */
const PAUSE_MILLISECONDS = 5000

/** Tells screen readers the newest text, at most once every few seconds. */
export function Announcer({ text }: { text: string }) {
  const [told, setTold] = useState('')
  const last = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    const wait = Math.max(0, last.current + PAUSE_MILLISECONDS - performance.now())
    const timer = setTimeout(() => {
      if (text !== '') last.current = performance.now()
      setTold(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {told}
    </div>
  )
}
