import { useEffect, useState } from 'preact/hooks'
import type { QrPath } from './qr_code'

/** The link as a QR code, to be read off this screen. Its code is fetched when it is first opened. */
export function QrView({ link }: { link: string }) {
  const [open, setOpen] = useState(false)
  const [code, setCode] = useState<QrPath | null>(null)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    if (!open || link === '') return
    let current = true
    const draw = async () => {
      try {
        const { qrPath } = await import('./qr_code')
        const drawn = qrPath(link)
        if (current) setCode(drawn)
      } catch (error) {
        if (current) setProblem(`No QR code: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    void draw()
    return () => {
      current = false
    }
  }, [open, link])
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a QR code</summary>
      {problem !== '' ? <p class="hint hint-strong">{problem}</p> : null}
      {code === null ? null : (
        <svg
          class="share-qr"
          viewBox={`0 0 ${code.size} ${code.size}`}
          role="img"
          aria-label="QR code of the link"
        >
          <rect width={code.size} height={code.size} fill="#fff" />
          <path d={code.path} fill="#000" />
        </svg>
      )}
    </details>
  )
}
