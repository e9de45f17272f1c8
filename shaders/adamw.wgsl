// gradient (n), norm (1) -> parameter, first_moment, second_moment (n), in place; no change where norm is not
// finite
//
// Decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101); gradients are scaled to at most max_norm.

struct Parameters {
  count: u32,
  // learning rate
  rate: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  epsilon: f32,
  // 1 - learning rate * weight decay
  keep: f32,
  // 1 - beta^update
  correction1: f32,
  correction2: f32,
  max_norm: f32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> norm: array<u32>;
@group(0) @binding(3) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(4) var<storage, read_write> first_moment: array<f32>;
@group(0) @binding(5) var<storage, read_write> second_moment: array<f32>;

const LANES = 64u;
const EXPONENT = 0x7f800000u;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) invocation: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if ((norm[0] & EXPONENT) == EXPONENT) { return; }
  let p = parameters;
  let scale = min(1.0, p.max_norm / (bitcast<f32>(norm[0]) + 1e-6));
  for (var n = invocation.x; n < p.count; n += groups.x * LANES) {
    let g = gradient[n] * scale;
    let m = p.beta1 * first_moment[n] + p.rest1 * g;
    let v = p.beta2 * second_moment[n] + p.rest2 * g * g;
    first_moment[n] = m;
    second_moment[n] = v;
    let step = m / p.correction1 / (sqrt(v / p.correction2) + p.epsilon);
    parameter[n] = parameter[n] * p.keep - p.rate * step;
  }
}
