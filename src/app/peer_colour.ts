/** Each peer has one colour everywhere on the page, by its place in the run (`--peer-1` … in `base.css`). */
const COLOURS = 4

/** The CSS custom property that holds a peer's colour. */
export function peerColour(index: number): string {
  return `--peer-${(index % COLOURS) + 1}`
}
