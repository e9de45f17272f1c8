// hidden (T, H), head (V, H), ids (T) -> partials (T, splits), each (max, sum e, sum (x - max) e, x of the
// token if in this part) with x = logit / temperature, e = exp(x - max)
//
// A workgroup takes ROWS rows and one part of the vocabulary. It keeps only running sums and stores no logit.

struct Parameters {
  rows: u32,
  splits: u32,
  inverse_temperature: f32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(4) var<storage, read> ids: array<u32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>;

// State of 4 rows, as in `join_sums.wgsl`.
struct Running {
  top: vec4f,
  sum: vec4f,
  weighted: vec4f,
  chosen: vec4f,
}
var<workgroup> lane_running: array<Running, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var wanted: array<vec4u, QUADS>;
  var running: array<Running, QUADS>;
  for (var quad = 0u; quad < QUADS; quad++) {
    let r = quad_rows(group.x, quad, parameters.rows);
    wanted[quad] = vec4u(ids[r.x], ids[r.y], ids[r.z], ids[r.w]);
    running[quad].top = vec4f(LOWEST);
  }
  for (var block = group.y * LANES + lane; 4u * block < VOCABULARY; block += parameters.splits * LANES) {
    let logits = tile_logits(group.x, parameters.rows, 4u * block);
    for (var quad = 0u; quad < QUADS; quad++) {
      let of_quad = logits[quad] * parameters.inverse_temperature;
      var now = running[quad];
      for (var j = 0u; j < 4u && 4u * block + j < VOCABULARY; j++) {
        let x = of_quad[j];
        let above = max(now.top, x);
        let shrink = exp(now.top - above);
        let e = exp(x - above);
        now.weighted = (now.weighted + (now.top - above) * now.sum) * shrink + (x - above) * e;
        now.sum = now.sum * shrink + e;
        now.top = above;
        now.chosen = select(now.chosen, x, wanted[quad] == vec4u(4u * block + j));
      }
      running[quad] = now;
    }
  }
  for (var quad = 0u; quad < QUADS; quad++) {
    if (quad > 0u) { workgroupBarrier(); }
    lane_running[lane] = running[quad];
    workgroupBarrier();
    let row = ROWS * group.x + 4u * quad + lane;
    if (lane < 4u && row < parameters.rows) {
      var part = vec4f(LOWEST, 0.0, 0.0, 0.0);
      for (var l = 0u; l < LANES; l++) {
        part = join_sums(part, vec4f(
          lane_running[l].top[lane],
          lane_running[l].sum[lane],
          lane_running[l].weighted[lane],
          lane_running[l].chosen[lane],
        ));
      }
      partials[row * parameters.splits + group.y] = part;
    }
  }
}
