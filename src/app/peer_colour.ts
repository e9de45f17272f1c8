/** Each peer has one colour everywhere on the page, by its place in the run (`--peer-1` … in `colours.css`). */
const COLOURS = 4

/** The CSS custom property that holds a peer's colour; null is the mean of all peers. */
export function peerColour(index: number | null): string {
  return index === null ? '--ink' : `--peer-${(index % COLOURS) + 1}`
}
