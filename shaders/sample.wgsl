// hidden (B, H), head (V, H), keys (B, 2), positions (B) -> partials (B, splits), each
// (max logit, sum of exp(logit - max), best score, logit of the best, id of the best)
//
// Gumbel-max: the id with the largest logit/T + gumbel is a sample of softmax(logits/T). A workgroup takes
// 4 rows and one share of the vocabulary; `sample_combine.wgsl` joins the shares. Ties go to the lowest id.

struct Parameters {
  rows: u32,
  splits: u32,
  inverse_temperature: f32,
  greedy: u32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(4) var<storage, read> keys: array<vec2u>;
@group(0) @binding(5) var<storage, read> positions: array<u32>;
@group(0) @binding(6) var<storage, read_write> partials: array<array<u32, 5>>;

var<workgroup> lane_max: array<vec4f, LANES>;
var<workgroup> lane_sum: array<vec4f, LANES>;
var<workgroup> lane_score: array<vec4f, LANES>;
var<workgroup> lane_logit: array<vec4f, LANES>;
var<workgroup> lane_id: array<vec4u, LANES>;

// -ln(u). WGSL promises ln only to 2^-21 absolute near 1, where -ln(u) is as small as 2^-24: there the series
// ln((1 + s) / (1 - s)) = 2 (s + s^3/3 + ...) with s = (1 - u) / (1 + u) is used, 1 - u being exact.
fn negative_log(u: vec4f) -> vec4f {
  let s = (1.0 - u) / (1.0 + u);
  let q = s * s;
  let series = 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0
    + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0)))))));
  return select(-log(u), series, u > vec4f(0.5));
}

// Noise of items 4 block ... 4 block + 3 of a row: counter (block, position, 0, "samp").
fn gumbel(row: u32, block: u32) -> vec4f {
  let bits = philox(vec4u(block, positions[row], 0u, 0x73616d70u), keys[row]);
  return -log(negative_log(uniforms_from_bits(bits)));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rows = tile_rows(group.x, parameters.rows);
  var top = vec4f(LOWEST);
  var sum = vec4f();
  var score = vec4f(LOWEST);
  var logit = vec4f();
  var id = vec4u();
  for (var block = group.y * LANES + lane; 4u * block < VOCABULARY; block += parameters.splits * LANES) {
    let logits = logits_4x4(rows, 4u * block) * parameters.inverse_temperature;
    var noise = mat4x4f();
    if (parameters.greedy == 0u) {
      noise = transpose(mat4x4f(
        gumbel(rows.x, block), gumbel(rows.y, block), gumbel(rows.z, block), gumbel(rows.w, block),
      ));
    }
    for (var j = 0u; j < 4u && 4u * block + j < VOCABULARY; j++) {
      let x = logits[j];
      let above = max(top, x);
      sum = sum * exp(top - above) + exp(x - above);
      top = above;
      let s = x + noise[j];
      let better = s > score;
      score = select(score, s, better);
      logit = select(logit, x, better);
      id = select(id, vec4u(4u * block + j), better);
    }
  }
  lane_max[lane] = top;
  lane_sum[lane] = sum;
  lane_score[lane] = score;
  lane_logit[lane] = logit;
  lane_id[lane] = id;
  workgroupBarrier();

  let row = 4u * group.x + lane;
  if (lane >= 4u || row >= parameters.rows) { return; }
  var joined_max = LOWEST;
  var joined_sum = 0.0;
  var best = 0u;
  for (var l = 0u; l < LANES; l++) {
    let above = max(joined_max, lane_max[l][lane]);
    joined_sum = joined_sum * exp(joined_max - above) + lane_sum[l][lane] * exp(lane_max[l][lane] - above);
    joined_max = above;
    let s = lane_score[l][lane];
    let held = lane_score[best][lane];
    if (s > held || (s == held && lane_id[l][lane] < lane_id[best][lane])) { best = l; }
  }
  partials[row * parameters.splits + group.y] = array<u32, 5>(
    bitcast<u32>(joined_max),
    bitcast<u32>(joined_sum),
    bitcast<u32>(lane_score[best][lane]),
    bitcast<u32>(lane_logit[best][lane]),
    lane_id[best][lane],
  );
}
