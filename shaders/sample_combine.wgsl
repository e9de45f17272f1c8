// partials (B, splits) of `sample.wgsl` -> id (B), logprob (B)

const LOWEST = -1e38;

struct Parameters {
  rows: u32,
  splits: u32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> partials: array<array<u32, 5>>;
@group(0) @binding(2) var<storage, read_write> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> logprobs: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) invocation: vec3u) {
  let row = invocation.x;
  if (row >= parameters.rows) { return; }
  var top = LOWEST;
  var sum = 0.0;
  var score = LOWEST;
  var logit = 0.0;
  var id = 0xffffffffu;
  for (var split = 0u; split < parameters.splits; split++) {
    let part = partials[row * parameters.splits + split];
    let part_max = bitcast<f32>(part[0]);
    let above = max(top, part_max);
    sum = sum * exp(top - above) + bitcast<f32>(part[1]) * exp(part_max - above);
    top = above;
    let s = bitcast<f32>(part[2]);
    if (s > score || (s == score && part[4] < id)) {
      score = s;
      logit = bitcast<f32>(part[3]);
      id = part[4];
    }
  }
  ids[row] = id;
  logprobs[row] = logit - top - log(sum);
}
