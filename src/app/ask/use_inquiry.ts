import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import type { ModelPlaces } from '../../hub/source'
import type { Inquiry, OwnQuestion } from '../../ilr/inquiry/inquiry'
import type { Engine } from '../engine'
import { type InquiryView, reduceInquiry } from './inquiry_view'

/** Whom the page asks, and with what. */
export interface Asked {
  readonly engine: Engine
  /** Of the run whose peers are asked: the visitor's in view, or the one that would be started. */
  readonly config: RunConfig
  /** The step of its checkpoint, or null where none is kept. */
  readonly trainedSteps: number | null
  readonly places: ModelPlaces
  readonly over: boolean
  /** Whether the models are here, and whom they ask is agreed to; asks the visitor where they are not. */
  prepared(config: RunConfig): Promise<boolean>
}

/**
 * Asks the peers of the run in view. They stay loaded for further questions, until a run starts, another one or another checkpoint comes
 * into view, the page is left, or something breaks.
 */
export function useInquiry({ engine, config, trainedSteps, places, over, prepared }: Asked) {
  const [view, act] = useReducer(reduceInquiry, null as InquiryView | null)
  const inquiry = useRef<Inquiry | null>(null)
  const asking = useRef(false)
  /** Counts what ends a question: one that is only being prepared has nothing that could be closed. */
  const ends = useRef(0)
  const close = () => {
    ends.current++
    void inquiry.current?.close()
    inquiry.current = null
  }

  const run = useMemo(() => JSON.stringify(config), [config])
  // At once: two sets of peers take twice the memory.
  useLayoutEffect(() => close, [run, trainedSteps, places, over])
  useEffect(() => () => act({ type: 'forgotten' }), [run])
  useEffect(() => {
    addEventListener('pagehide', close)
    return () => removeEventListener('pagehide', close)
  }, [])

  return {
    view,
    async ask(question: OwnQuestion): Promise<void> {
      // A second press while the first is looked into.
      if (asking.current || !over) return
      asking.current = true
      const turn = ends.current
      act({ type: 'asked', question, peers: config.peers.map(({ id }) => id), trainedSteps })
      try {
        if ((await prepared(config)) && turn === ends.current) {
          const open = inquiry.current ?? engine.openInquiry(config, trainedSteps !== null, places)
          inquiry.current = open
          await open.ask(question, (event) => {
            if (turn === ends.current) act(event)
          })
        }
        act({ type: 'ended' })
      } catch (error) {
        close()
        act({ type: 'failed', error })
      } finally {
        asking.current = false
      }
    },
    stop: close,
  }
}
