// partials (splits, n) of `token_logprobs_grad.wgsl` -> hidden_grad (n), their sum over splits in order

struct Parameters {
  count: u32,
  splits: u32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> hidden_grad: array<f32>;

const LANES = 64u;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) invocation: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var n = invocation.x; n < parameters.count; n += groups.x * LANES) {
    var sum = 0.0;
    for (var split = 0u; split < parameters.splits; split++) {
      sum += partials[split * parameters.count + n];
    }
    hidden_grad[n] = sum;
  }
}
