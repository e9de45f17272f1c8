// hidden (B, H), head (V, H), keys (B, 2), positions (B) -> partials (B, splits), each (max logit, sum of
// exp(logit - max), best score, logit of the best, id of the best)
//
// Gumbel-max: the id with the largest logit/T + gumbel is a sample of softmax(logits/T). A workgroup takes
// ROWS rows and one part of the vocabulary; `sample_combine.wgsl` joins the parts. Ties go to the lowest id.

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

// State of 4 rows: the softmax and the best item so far.
struct Running {
  top: vec4f,
  sum: vec4f,
  score: vec4f,
  logit: vec4f,
  id: vec4u,
}
var<workgroup> lane_running: array<Running, LANES>;

// Returns -ln(u). WGSL guarantees ln only to 2^-21 absolute near 1, where -ln(u) is as small as 2^-24. There
// it uses ln((1 + s) / (1 - s)) = 2 (s + s^3/3 + ...) with s = (1 - u) / (1 + u); 1 - u is exact.
fn negative_log(u: vec4f) -> vec4f {
  let s = (1.0 - u) / (1.0 + u);
  let q = s * s;
  let series = 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0
    + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0)))))));
  return select(-log(u), series, u > vec4f(0.5));
}

// Returns the noise of items 4 block ... 4 block + 3 of a row: counter (block, position, 0, "samp").
fn gumbel(row: u32, block: u32) -> vec4f {
  let bits = philox(vec4u(block, positions[row], 0u, 0x73616d70u), keys[row]);
  return -log(negative_log(uniforms_from_bits(bits)));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var running: array<Running, QUADS>;
  for (var quad = 0u; quad < QUADS; quad++) {
    running[quad].top = vec4f(LOWEST);
    running[quad].score = vec4f(LOWEST);
  }
  for (var block = group.y * LANES + lane; 4u * block < VOCABULARY; block += parameters.splits * LANES) {
    let logits = tile_logits(group.x, parameters.rows, 4u * block);
    for (var quad = 0u; quad < QUADS; quad++) {
      let of_quad = logits[quad] * parameters.inverse_temperature;
      var noise = mat4x4f();
      if (parameters.greedy == 0u) {
        let r = quad_rows(group.x, quad, parameters.rows);
        noise = transpose(mat4x4f(gumbel(r.x, block), gumbel(r.y, block), gumbel(r.z, block), gumbel(r.w, block)));
      }
      var now = running[quad];
      for (var j = 0u; j < 4u && 4u * block + j < VOCABULARY; j++) {
        let x = of_quad[j];
        let above = max(now.top, x);
        now.sum = now.sum * exp(now.top - above) + exp(x - above);
        now.top = above;
        let s = x + noise[j];
        let better = s > now.score;
        now.score = select(now.score, s, better);
        now.logit = select(now.logit, x, better);
        now.id = select(now.id, vec4u(4u * block + j), better);
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
      var joined_max = LOWEST;
      var joined_sum = 0.0;
      var best = 0u;
      for (var l = 0u; l < LANES; l++) {
        let top = lane_running[l].top[lane];
        let above = max(joined_max, top);
        joined_sum = joined_sum * exp(joined_max - above) + lane_running[l].sum[lane] * exp(top - above);
        joined_max = above;
        let s = lane_running[l].score[lane];
        let held = lane_running[best].score[lane];
        if (s > held || (s == held && lane_running[l].id[lane] < lane_running[best].id[lane])) { best = l; }
      }
      partials[row * parameters.splits + group.y] = array<u32, 5>(
        bitcast<u32>(joined_max),
        bitcast<u32>(joined_sum),
        bitcast<u32>(lane_running[best].score[lane]),
        bitcast<u32>(lane_running[best].logit[lane]),
        lane_running[best].id[lane],
      );
    }
  }
}
