// gradient (n) -> partials[first ... first + workgroups - 1], each (sum of squares, 1 where any is not
// finite)
//
// WGSL lets a compiler assume that floats are finite, so the kernel tests their bits.

struct Parameters {
  count: u32,
  first: u32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> gradient: array<u32>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec2u>;

const LANES = 64u;
const EXPONENT = 0x7f800000u;

var<workgroup> lane_squares: array<f32, LANES>;
var<workgroup> lane_broken: array<u32, LANES>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var squares = 0.0;
  var broken = 0u;
  for (var n = group.x * LANES + lane; n < parameters.count; n += groups.x * LANES) {
    let bits = gradient[n];
    if ((bits & EXPONENT) == EXPONENT) {
      broken = 1u;
    } else {
      let g = bitcast<f32>(bits);
      squares += g * g;
    }
  }
  lane_squares[lane] = squares;
  lane_broken[lane] = broken;
  workgroupBarrier();
  if (lane != 0u) { return; }
  for (var l = 1u; l < LANES; l++) {
    squares += lane_squares[l];
    broken |= lane_broken[l];
  }
  partials[parameters.first + group.x] = vec2u(bitcast<u32>(squares), broken);
}
