// partials (T, splits) of `token_logprobs.wgsl` -> logprob (T), entropy (T), log_sum_exp (T), in nats

struct Parameters {
  rows: u32,
  splits: u32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> partials: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> logprob: array<f32>;
@group(0) @binding(3) var<storage, read_write> entropy: array<f32>;
@group(0) @binding(4) var<storage, read_write> log_sum_exp: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) invocation: vec3u) {
  let row = invocation.x;
  if (row >= parameters.rows) { return; }
  var whole = partials[row * parameters.splits];
  for (var split = 1u; split < parameters.splits; split++) {
    whole = join_sums(whole, partials[row * parameters.splits + split]);
  }
  let log_sum = log(whole.y);
  logprob[row] = whole.w - whole.x - log_sum;
  entropy[row] = log_sum - whole.z / whole.y;
  log_sum_exp[row] = whole.x + log_sum;
}
