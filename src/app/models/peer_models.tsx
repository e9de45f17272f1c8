import { peerColour } from '../peer_colour'
import { isElsewhere, type PeerChoice, sourceLabel } from './peer_choice'

interface Props {
  readonly peers: readonly PeerChoice[]
  readonly onChange: (peer: number) => void
}

/** Who takes part, with which model, and the way to another one. */
export function PeerModels({ peers, onChange }: Props) {
  return (
    <section class="peer-models" aria-labelledby="peer-models-title">
      <h3 id="peer-models-title">Models</h3>
      <ul>
        {peers.map(({ id, source }, index) => {
          const { name, place } = sourceLabel(source)
          return (
            <li key={index} style={{ '--peer': `var(${peerColour(index)})` }}>
              <p class="peer-model">
                <span class="peer-name">{id}</span> {name === id ? null : <span>{name}</span>}
                <span class="hint">{place}</span>
              </p>
              <button
                type="button"
                class="button"
                aria-label={`Change model of ${id}…`}
                onClick={() => onChange(index)}
              >
                Change model…
              </button>
            </li>
          )
        })}
      </ul>
      {isMixed(peers) ? (
        <p class="hint hint-strong">
          The little peers that come with this page can read only short texts, so a larger model’s long
          answers are too much for them. Give every peer a larger model.
        </p>
      ) : null}
    </section>
  )
}

/** Some come with the page, and some are from elsewhere. */
function isMixed(peers: readonly PeerChoice[]): boolean {
  return new Set(peers.map(({ source }) => isElsewhere(source))).size > 1
}
