// partials (P) of `grad_norm.wgsl` -> norm (1), as bits: NaN where a gradient is not finite

struct Parameters {
  count: u32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> partials: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> norm: array<u32>;

const LANES = 64u;
const NOT_A_NUMBER = 0x7fc00000u;

var<workgroup> lane_squares: array<f32, LANES>;
var<workgroup> lane_broken: array<u32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var squares = 0.0;
  var broken = 0u;
  for (var p = lane; p < parameters.count; p += LANES) {
    squares += bitcast<f32>(partials[p].x);
    broken |= partials[p].y;
  }
  lane_squares[lane] = squares;
  lane_broken[lane] = broken;
  workgroupBarrier();
  if (lane != 0u) { return; }
  for (var l = 1u; l < LANES; l++) {
    squares += lane_squares[l];
    broken |= lane_broken[l];
  }
  norm[0] = select(bitcast<u32>(sqrt(squares)), NOT_A_NUMBER, broken != 0u);
}
