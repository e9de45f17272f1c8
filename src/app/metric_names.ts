/** What the metrics mean, in the order in which they are listed. Names are TRL's; ours begin with `ilr/`. */
const MEANINGS: readonly (readonly [name: string, meaning: string])[] = [
  ['reward', 'mean reward of the rollouts'],
  ['reward_std', 'spread of the rewards within groups'],
  ['frac_reward_zero_std', 'share of groups whose rewards are all equal: they teach nothing'],
  ['loss', 'value of the training objective'],
  ['grad_norm', 'size of the gradient, before clipping'],
  ['learning_rate', 'step size of the optimizer'],
  ['kl', 'distance to the untrained peer'],
  ['entropy', 'how undecided the peers are, in nats per token'],
  ['clip_ratio/low_mean', 'tokens held back from becoming much rarer'],
  ['clip_ratio/high_mean', 'tokens held back from becoming much likelier'],
  ['clip_ratio/region_mean', 'tokens held back in all'],
  ['completions/mean_length', 'tokens per answer'],
  ['completions/min_length', 'shortest answer, in tokens'],
  ['completions/max_length', 'longest answer, in tokens'],
  ['completions/clipped_ratio', 'answers cut off at the length limit'],
  ['num_tokens', 'tokens so far'],
  ['step_time', 'seconds per step'],
  ['sampling/sampling_logp_difference/mean', 'trainer against sampler: should be float noise'],
  ['sampling/sampling_logp_difference/max', 'the same, at its largest'],
  ['ilr/cooperation_share', 'share of questions that were discussed together'],
  ['ilr/calibration_shift', 'how far calibration moved the advantages'],
  ['ilr/calibration_clipped', 'share of calibration terms at their limit'],
  ['ilr/ability', 'ability measured on validation questions'],
]

/** The meaning of `reward/ada` is that of `reward`. Empty for a name that is not listed. */
export function meaning(name: string): string {
  return entry(name)?.[1] ?? ''
}

/** Metric names in reading order: listed ones first, each followed by its per-peer parts. */
export function inReadingOrder(names: readonly string[]): string[] {
  const rank = (name: string) => {
    const found = entry(name)
    return found === undefined ? MEANINGS.length : MEANINGS.indexOf(found)
  }
  return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

function entry(name: string): (typeof MEANINGS)[number] | undefined {
  const parent = name.slice(0, Math.max(0, name.lastIndexOf('/')))
  return MEANINGS.find(([known]) => known === name) ?? MEANINGS.find(([known]) => known === parent)
}
