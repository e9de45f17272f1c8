import { useEffect, useState } from 'preact/hooks'
import type { QrPath } from './qr_code'

/** The link as a QR code, to be read off this screen. Its code is fetched when it is first opened. */
export function QrView({ link }: { link: string }) {
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a QR code</summary>
      {open && link !== '' ? <QrImage link={link} /> : null}
    </details>
  )
}

/** The code alone, on screen or on paper. */
export function QrImage({ link }: { link: string }) {
  const [code, setCode] = useState<QrPath | null>(null)
  const [problem, setProblem] = useState('')
  useEffect(() => {
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
  }, [link])
  if (problem !== '') return <p class="hint hint-strong">{problem}</p>
  if (code === null) return null
  return (
    <svg
      class="share-qr"
      viewBox={`0 0 ${code.size} ${code.size}`}
      role="img"
      aria-label="QR code of the link"
    >
      <rect width={code.size} height={code.size} fill="#fff" />
      <path d={code.path} fill="#000" />
    </svg>
  )
}
