import { Stream } from '../../random'
import { mean } from '../../report/averages'
import type { Question } from '../../tasks/task'
import { withThoughts } from '../step/wording'
import { type DifficultyJudge, drawOthers, type JudgeView } from './difficulty'
import { RANK_PROMPT } from './rank.prompts'

/** Rankings per question, each among newly drawn questions in another order. */
const SHUFFLES = 2

/** One ranking prompt, with the judged question's position among its `count` questions. */
interface RankingPrompt {
  readonly prompt: string
  readonly place: number
  readonly count: number
}

/**
 * The `prompt` judge: asks the peer to order the question and at most k others by difficulty, with the
 * question at a random position each time. For instructed models. A reply that is not an order of these
 * numbers is left out; a question without any readable reply counts 0.5, as does one without others.
 */
export const promptJudge: DifficultyJudge = async (view) => {
  const rankings = view.questions.map((question, q) => rankingPromptsOf(view, question, view.slots[q]))
  const key = (q: number, shuffle: number) => view.keys.asked(view.index, view.slots[q], shuffle)
  const samples = rankings.flatMap((own, q) =>
    own.map(({ prompt }, shuffle) => ({ prompt, key: key(q, shuffle) })),
  )
  const maxNewTokens = withThoughts(8 + 5 * (view.k + 1), view.peer)
  const replies =
    samples.length === 0 ? [] : await view.peer.generate({ samples, temperature: 0, maxNewTokens })
  let at = 0
  return rankings.map((own) => {
    const answers = replies.slice(at, at + own.length)
    at += own.length
    const tokens = answers.reduce((sum, { ids }) => sum + ids.length, 0)
    const ranks = own.flatMap((ranking, shuffle) => rankIn(ranking, answers[shuffle].text) ?? [])
    if (ranks.length === 0) return { value: 0.5, read: own.length === 0, tokens }
    return { value: mean(ranks), read: true, tokens }
  })
}

/** Returns the prompts for one question; none where there is nothing to rank it among. */
function rankingPromptsOf(view: JudgeView, question: Question, slot: number): RankingPrompt[] {
  const stream = new Stream(view.keys.judge(view.index, slot))
  return Array.from({ length: SHUFFLES }).flatMap(() => {
    const shown = drawOthers(view, question, stream).map((place) => view.others.questions[place])
    if (shown.length === 0) return []
    const place = stream.int(0, shown.length)
    shown.splice(place, 0, question)
    const listed = shown.map(({ text }, i) => `${i + 1}. ${text.replace(/\s+/g, ' ')}`).join('\n')
    const slots: Record<string, string> = { count: String(shown.length), questions: listed }
    const prompt = RANK_PROMPT.replace(/\{(\w+)\}/g, (_, name: string) => slots[name])
    return [{ prompt, place, count: shown.length }]
  })
}

/**
 * Returns the normalised rank, 0 the easiest and 1 the hardest; null where the reply is not an order of the
 * numbers 1 … count.
 */
export function rankIn(
  { place, count }: Pick<RankingPrompt, 'place' | 'count'>,
  reply: string,
): number | null {
  const order = [...(reply.split('\n')[0].match(/\d+/g) ?? [])].map(Number)
  const known = new Set(order)
  if (count < 2 || order.length !== count || known.size !== count) return null
  if (order.some((number) => number < 1 || number > count)) return null
  return order.indexOf(place + 1) / (count - 1)
}
