/** Each peer has one colour everywhere on the page, by its place in the run (`--peer-1` … in `base.css`). */
const COLOURS = 4

/** The CSS custom property that holds a peer's colour. */
export function peerColour(index: number): string {
  return `--peer-${(index % COLOURS) + 1}`
}

/** Gives a part of the page a peer's colour. */
export function inColour(index: number): { '--peer': string } {
  return { '--peer': `var(${peerColour(index)})` }
}

export function PeerName({ index, children }: { readonly index: number; readonly children: string }) {
  return (
    <span class="peer-name" style={inColour(index)}>
      {children}
    </span>
  )
}

/** The names of all peers, as the columns of a table. */
export function peerNames(peers: readonly string[]) {
  return peers.map((peer, index) => (
    <PeerName key={peer} index={index}>
      {peer}
    </PeerName>
  ))
}
