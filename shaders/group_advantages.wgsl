// rewards (Q, m, G) -> calibrated (Q, m, G), advantages (Q, m, G), report (Q, m)
//
// Three entry points in order: `calibrate` (a lane per group), `peer_spread` (a lane per peer, only where
// rewards are scaled by the batch) and `normalize` (a lane per group).

struct Parameters {
  questions: u32,
  peers: u32,
  rollouts: u32,
  calibrate: u32,
  // 0 group, 1 batch, 2 none.
  scale: u32,
}
struct Report {
  clipped: f32,
  terms: f32,
  // Sum of |A(calibrated) - A(raw)| over the group, and the largest.
  shift: f32,
  largest: f32,
  // Sum of |A(raw)| over the group.
  size: f32,
  zero_variance: f32,
}
struct Statistics {
  mean: f32,
  low: f32,
  high: f32,
  // Sum of squared deviations from the mean.
  squares: f32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> rewards: array<f32>;
@group(0) @binding(2) var<storage, read_write> calibrated: array<f32>;
@group(0) @binding(3) var<storage, read_write> advantages: array<f32>;
@group(0) @binding(4) var<storage, read_write> report: array<Report>;
// (m): standard deviation over the batch of a peer's (calibrated, raw) rewards.
@group(0) @binding(5) var<storage, read_write> spread: array<vec2f>;

const STD_EPSILON = 1e-4;

fn raw_statistics(start: u32) -> Statistics {
  var s = Statistics(0.0, rewards[start], rewards[start], 0.0);
  for (var k = 0u; k < parameters.rollouts; k++) {
    let r = rewards[start + k];
    s.mean += r;
    s.low = min(s.low, r);
    s.high = max(s.high, r);
  }
  s.mean /= f32(parameters.rollouts);
  for (var k = 0u; k < parameters.rollouts; k++) {
    let d = rewards[start + k] - s.mean;
    s.squares += d * d;
  }
  return s;
}

fn calibrated_statistics(start: u32) -> Statistics {
  var s = Statistics(0.0, calibrated[start], calibrated[start], 0.0);
  for (var k = 0u; k < parameters.rollouts; k++) {
    let r = calibrated[start + k];
    s.mean += r;
    s.low = min(s.low, r);
    s.high = max(s.high, r);
  }
  s.mean /= f32(parameters.rollouts);
  for (var k = 0u; k < parameters.rollouts; k++) {
    let d = calibrated[start + k] - s.mean;
    s.squares += d * d;
  }
  return s;
}

@compute @workgroup_size(64)
fn calibrate(@builtin(global_invocation_id) invocation: vec3u) {
  let group = invocation.x;
  if (group >= parameters.questions * parameters.peers) { return; }
  let peer = group % parameters.peers;
  let start = group * parameters.rollouts;
  var clipped = 0.0;
  var terms = 0.0;
  for (var k = 0u; k < parameters.rollouts; k++) { calibrated[start + k] = rewards[start + k]; }
  for (var other = 0u; parameters.calibrate != 0u && other < parameters.peers; other++) {
    if (other == peer) { continue; }
    let of_other = raw_statistics((group - peer + other) * parameters.rollouts);
    let range = of_other.high - of_other.low;
    // A peer whose rewards are all equal adds nothing.
    if (range == 0.0) { continue; }
    let bound = 1.0 / f32(parameters.peers - 1u);
    for (var k = 0u; k < parameters.rollouts; k++) {
      let term = (rewards[start + k] - of_other.mean) / range;
      calibrated[start + k] += clamp(term, -bound, bound);
      terms += 1.0;
      clipped += select(0.0, 1.0, abs(term) > bound);
    }
  }
  let own = raw_statistics(start);
  report[group] = Report(clipped, terms, 0.0, 0.0, 0.0, select(0.0, 1.0, own.low == own.high));
}

@compute @workgroup_size(64)
fn peer_spread(@builtin(global_invocation_id) invocation: vec3u) {
  let peer = invocation.x;
  if (peer >= parameters.peers) { return; }
  var means = vec2f();
  for (var q = 0u; q < parameters.questions; q++) {
    let start = (q * parameters.peers + peer) * parameters.rollouts;
    means += vec2f(calibrated_statistics(start).mean, raw_statistics(start).mean);
  }
  means /= f32(parameters.questions);
  // Squares about the batch mean = squares about each group's mean + rollouts * squared distance of the
  // means.
  var squares = vec2f();
  for (var q = 0u; q < parameters.questions; q++) {
    let start = (q * parameters.peers + peer) * parameters.rollouts;
    let c = calibrated_statistics(start);
    let r = raw_statistics(start);
    let distance = vec2f(c.mean, r.mean) - means;
    squares += vec2f(c.squares, r.squares) + f32(parameters.rollouts) * distance * distance;
  }
  spread[peer] = sqrt(squares / max(1.0, f32(parameters.questions * parameters.rollouts - 1u)));
}

@compute @workgroup_size(64)
fn normalize(@builtin(global_invocation_id) invocation: vec3u) {
  let group = invocation.x;
  if (group >= parameters.questions * parameters.peers) { return; }
  let start = group * parameters.rollouts;
  let c = calibrated_statistics(start);
  let r = raw_statistics(start);
  var divisor = vec2f(1.0);
  if (parameters.scale == 0u) {
    divisor = sqrt(vec2f(c.squares, r.squares) / max(1.0, f32(parameters.rollouts - 1u))) + STD_EPSILON;
  } else if (parameters.scale == 1u) {
    divisor = spread[group % parameters.peers] + STD_EPSILON;
  }
  var shift = 0.0;
  var largest = 0.0;
  var size = 0.0;
  for (var k = 0u; k < parameters.rollouts; k++) {
    // Equal rewards give exactly 0: their mean has a rounding error that 1e-4 would make visible.
    let a = select((calibrated[start + k] - c.mean) / divisor.x, 0.0, c.low == c.high);
    let raw = select((rewards[start + k] - r.mean) / divisor.y, 0.0, r.low == r.high);
    advantages[start + k] = a;
    shift += abs(a - raw);
    largest = max(largest, abs(a - raw));
    size += abs(raw);
  }
  report[group].shift = shift;
  report[group].largest = largest;
  report[group].size = size;
}
