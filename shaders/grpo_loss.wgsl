// Packed tokens of S sequences: sequences (S), kind, logp, old, reference, entropy (T) -> coef (T) = d loss /
// d logp, sums (S)
//
// A lane takes a whole sequence: each token takes a handful of operations, and a sequence-level ratio needs
// all tokens of a sequence before the first coefficient. src/grpo/grpo_loss.ts explains every term.

const IGNORED = 0u;
const ON_POLICY = 1u;

struct Parameters {
  sequences: u32,
  // 1 where the importance ratio covers the whole sequence.
  per_sequence: u32,
  low: f32,
  high: f32,
  beta: f32,
  // Weight of a trained token; divided by the trained tokens of its sequence where by_length is 1.
  weight: f32,
  by_length: u32,
}
struct Sequence {
  // Tokens first ... end - 1.
  first: u32,
  end: u32,
  advantage: f32,
}
// Fields in the order of LOSS_SUMS.
struct Sums {
  loss: f32,
  tokens: f32,
  kl: f32,
  entropy: f32,
  ratios: f32,
  clip_low: f32,
  clip_high: f32,
  on_policy_tokens: f32,
  logp_difference: f32,
  logp_difference_max: f32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> sequences: array<Sequence>;
@group(0) @binding(2) var<storage, read> kind: array<u32>;
@group(0) @binding(3) var<storage, read> logp: array<f32>;
@group(0) @binding(4) var<storage, read> old: array<f32>;
@group(0) @binding(5) var<storage, read> reference: array<f32>;
@group(0) @binding(6) var<storage, read> entropy: array<f32>;
@group(0) @binding(7) var<storage, read_write> coef: array<f32>;
@group(0) @binding(8) var<storage, read_write> sums: array<Sums>;

// Returns (clipped below, clipped above) as 0 or 1.
fn clips(ratio: f32, a: f32) -> vec2f {
  let below = ratio < parameters.low && a < 0.0;
  let above = ratio > parameters.high && a > 0.0;
  return vec2f(select(0.0, 1.0, below), select(0.0, 1.0, above));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) invocation: vec3u) {
  let s = invocation.x;
  if (s >= parameters.sequences) { return; }
  let first = sequences[s].first;
  let end = sequences[s].end;
  let a = sequences[s].advantage;
  var sum = Sums();
  var log_ratio = 0.0;
  for (var t = first; t < end; t++) {
    if (kind[t] == IGNORED) { continue; }
    sum.tokens += 1.0;
    if (kind[t] != ON_POLICY) { continue; }
    let difference = logp[t] - old[t];
    sum.on_policy_tokens += 1.0;
    log_ratio += difference;
    sum.logp_difference += abs(difference);
    sum.logp_difference_max = max(sum.logp_difference_max, abs(difference));
  }
  let per_sequence = parameters.per_sequence != 0u;
  let sequence_ratio = exp(log_ratio / max(1.0, sum.on_policy_tokens));
  let weight = parameters.weight / select(1.0, max(1.0, sum.tokens), parameters.by_length != 0u);
  for (var t = first; t < end; t++) {
    if (kind[t] == IGNORED) {
      coef[t] = 0.0;
      continue;
    }
    var term = -a;
    var slope = -a;
    if (kind[t] == ON_POLICY) {
      let ratio = select(exp(logp[t] - old[t]), sequence_ratio, per_sequence);
      let clipped = clips(ratio, a);
      term = -min(ratio * a, clamp(ratio, parameters.low, parameters.high) * a);
      slope = select(-a * ratio, 0.0, clipped.x + clipped.y > 0.0);
      if (!per_sequence) {
        sum.ratios += 1.0;
        sum.clip_low += clipped.x;
        sum.clip_high += clipped.y;
      }
    }
    if (parameters.beta != 0.0) {
      let gap = reference[t] - logp[t];
      let kl = exp(gap) - gap - 1.0;
      term += parameters.beta * kl;
      slope += parameters.beta * (1.0 - exp(gap));
      sum.kl += kl;
    }
    sum.loss += term;
    sum.entropy += entropy[t];
    coef[t] = weight * slope;
  }
  if (per_sequence && sum.on_policy_tokens > 0.0) {
    let clipped = clips(sequence_ratio, a);
    sum.ratios = 1.0;
    sum.clip_low = clipped.x;
    sum.clip_high = clipped.y;
  }
  sum.loss *= weight;
  sums[s] = sum;
}
