// hidden (T, H), head (V, H), ids (T), coef (T), log_sum_exp (T) -> partials (splits, T, H), whose sum over
// splits is hidden_grad = coef / temperature * (head[id] - sum over v of softmax_v head[v])
//
// A workgroup takes ROWS rows and one part of the vocabulary, in tiles of TILE items. All lanes recompute the
// tile's factors; then each lane adds factor * head[v] to its columns. No logit leaves the workgroup.

struct Parameters {
  rows: u32,
  splits: u32,
  inverse_temperature: f32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(4) var<storage, read> ids: array<u32>;
@group(0) @binding(5) var<storage, read> coef: array<f32>;
@group(0) @binding(6) var<storage, read> log_sum_exp: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<f32>;

const TILE = 4u * LANES;
// Chunks of 4 columns per lane.
const OWNED = (CHUNKS + LANES - 1u) / LANES;

// Factors of (quads, TILE) items, 4 rows each.
var<workgroup> factors: array<vec4f, QUADS * TILE>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var wanted: array<vec4u, QUADS>;
  var slope: array<vec4f, QUADS>;
  var normalizer: array<vec4f, QUADS>;
  // Rows without a loss need no tiles, only zeros.
  var trained = false;
  for (var quad = 0u; quad < QUADS; quad++) {
    let r = quad_rows(group.x, quad, parameters.rows);
    wanted[quad] = vec4u(ids[r.x], ids[r.y], ids[r.z], ids[r.w]);
    slope[quad] = vec4f(coef[r.x], coef[r.y], coef[r.z], coef[r.w]) * parameters.inverse_temperature;
    normalizer[quad] = vec4f(log_sum_exp[r.x], log_sum_exp[r.y], log_sum_exp[r.z], log_sum_exp[r.w]);
    trained = trained || any(slope[quad] != vec4f());
  }
  // For each owned chunk, row r of a quad is column r here: 4 columns of hidden_grad for each of its 4 rows.
  var sums: array<array<mat4x4f, QUADS>, OWNED>;
  for (var first = group.y * TILE; trained && first < VOCABULARY; first += parameters.splits * TILE) {
    let logits = tile_logits(group.x, parameters.rows, first + 4u * lane);
    for (var quad = 0u; quad < QUADS; quad++) {
      let of_quad = logits[quad] * parameters.inverse_temperature;
      for (var j = 0u; j < 4u; j++) {
        let softmax = exp(of_quad[j] - normalizer[quad]);
        let chosen = select(vec4f(), vec4f(1.0), wanted[quad] == vec4u(first + 4u * lane + j));
        // A masked row stays at 0 whatever its logits are.
        factors[quad * TILE + 4u * lane + j] =
          select(slope[quad] * (chosen - softmax), vec4f(), slope[quad] == vec4f());
      }
    }
    workgroupBarrier();
    let items = min(TILE, VOCABULARY - first);
    for (var owned = 0u; owned < OWNED; owned++) {
      let chunk = owned * LANES + lane;
      if (chunk >= CHUNKS) { break; }
      var sum = sums[owned];
      for (var i = 0u; i < items; i++) {
        let weights = head4(first + i, chunk);
        for (var quad = 0u; quad < QUADS; quad++) {
          let f = factors[quad * TILE + i];
          sum[quad] += mat4x4f(f.x * weights, f.y * weights, f.z * weights, f.w * weights);
        }
      }
      sums[owned] = sum;
    }
    workgroupBarrier();
  }
  for (var owned = 0u; owned < OWNED; owned++) {
    for (var r = 0u; r < ROWS; r++) {
      let row = ROWS * group.x + r;
      for (var c = 0u; c < 4u; c++) {
        let column = 4u * (owned * LANES + lane) + c;
        if (row < parameters.rows && column < WIDTH) {
          partials[(group.y * parameters.rows + row) * WIDTH + column] = sums[owned][r / 4u][r % 4u][c];
        }
      }
    }
  }
}
