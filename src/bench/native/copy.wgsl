// source (n) -> target (n), in fours: a plain copy, and with n = 0 nothing but a launch

struct Parameters {
  count: u32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> destination: array<vec4f>;

const LANES = 256u;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) invocation: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var n = invocation.x; n < parameters.count; n += groups.x * LANES) {
    destination[n] = source[n];
  }
}
