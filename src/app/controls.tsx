import type { ButtonHTMLAttributes, ComponentChildren, DialogHTMLAttributes, Ref, RefObject } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Whether most visitors want this one. */
  readonly primary?: boolean
  readonly ref?: Ref<HTMLButtonElement>
}

export function Button({ primary = false, class: more, ...props }: ButtonProps) {
  const classes = ['button', primary ? 'button-primary' : null, more].filter(Boolean).join(' ')
  return <button type="button" class={classes} {...props} />
}

interface DialogProps extends Omit<DialogHTMLAttributes<HTMLDialogElement>, 'ref'> {
  /** Begins the names of its styles. */
  readonly kind: 'models' | 'share' | 'text'
  readonly title: string
  readonly onClose: () => void
  /** For callers that close it: a dialog that is only removed does not give the focus back. */
  readonly ref?: RefObject<HTMLDialogElement | null>
  readonly children: ComponentChildren
}

/** A modal dialog, open as long as it is drawn. The browser gives the focus back when it closes. */
export function Dialog({ kind, title, children, ref, ...props }: DialogProps) {
  const id = useId()
  const own = useRef<HTMLDialogElement>(null)
  const dialog = ref ?? own
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class={`${kind}-dialog`} aria-labelledby={id} {...props}>
      <header>
        <h2 id={id}>{title}</h2>
        <Button onClick={() => dialog.current?.close()}>Close</Button>
      </header>
      <div class={kind === 'share' ? 'stack share-body' : `${kind}-body`}>{children}</div>
    </dialog>
  )
}

interface TickProps {
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly children: ComponentChildren
}

export function Tick({ checked, onChange, children }: TickProps) {
  return (
    <label class="tick">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  )
}
