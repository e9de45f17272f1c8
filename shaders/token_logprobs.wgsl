// hidden (T, H), head (V, H), ids (T) -> partials (T, splits), each
// (max, sum e, sum (x - max) e, x of the token if in this share) with x = logit / temperature, e = exp(x - max)
//
// A workgroup takes 4 rows and one share of the vocabulary, and keeps running sums only: no logit is stored.

struct Parameters {
  rows: u32,
  splits: u32,
  inverse_temperature: f32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(4) var<storage, read> ids: array<u32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>;

var<workgroup> lane_max: array<vec4f, LANES>;
var<workgroup> lane_sum: array<vec4f, LANES>;
var<workgroup> lane_weighted: array<vec4f, LANES>;
var<workgroup> lane_chosen: array<vec4f, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rows = tile_rows(group.x, parameters.rows);
  let wanted = vec4u(ids[rows.x], ids[rows.y], ids[rows.z], ids[rows.w]);
  var top = vec4f(LOWEST);
  var sum = vec4f();
  var weighted = vec4f();
  var chosen = vec4f();
  for (var block = group.y * LANES + lane; 4u * block < VOCABULARY; block += parameters.splits * LANES) {
    let logits = logits_4x4(rows, 4u * block) * parameters.inverse_temperature;
    for (var j = 0u; j < 4u && 4u * block + j < VOCABULARY; j++) {
      let x = logits[j];
      let above = max(top, x);
      let shrink = exp(top - above);
      let e = exp(x - above);
      weighted = (weighted + (top - above) * sum) * shrink + (x - above) * e;
      sum = sum * shrink + e;
      top = above;
      chosen = select(chosen, x, wanted == vec4u(4u * block + j));
    }
  }
  lane_max[lane] = top;
  lane_sum[lane] = sum;
  lane_weighted[lane] = weighted;
  lane_chosen[lane] = chosen;
  workgroupBarrier();

  let row = 4u * group.x + lane;
  if (lane >= 4u || row >= parameters.rows) { return; }
  var part = vec4f(LOWEST, 0.0, 0.0, 0.0);
  for (var l = 0u; l < LANES; l++) {
    part = join_sums(part, vec4f(
      lane_max[l][lane], lane_sum[l][lane], lane_weighted[l][lane], lane_chosen[l][lane],
    ));
  }
  partials[row * parameters.splits + group.y] = part;
}
