// hidden (T, H), head (V, H), ids (T), coef (T), log_sum_exp (T) -> hidden_grad (T, H) =
// coef / temperature * (head[id] - sum over v of softmax_v head[v])
//
// A workgroup takes 4 rows and goes through the vocabulary in tiles of TILE items: all lanes make the tile's
// factors anew, then each lane adds factor * head[v] to the columns it owns. No logit leaves the workgroup.

struct Parameters {
  rows: u32,
  inverse_temperature: f32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(4) var<storage, read> ids: array<u32>;
@group(0) @binding(5) var<storage, read> coef: array<f32>;
@group(0) @binding(6) var<storage, read> log_sum_exp: array<f32>;
@group(0) @binding(7) var<storage, read_write> hidden_grad: array<f32>;

const TILE = 4u * LANES;
// Chunks of 4 columns owned by a lane.
const OWNED = (CHUNKS + LANES - 1u) / LANES;

// (TILE) items, 4 rows each.
var<workgroup> factors: array<vec4f, TILE>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rows = tile_rows(group.x, parameters.rows);
  let wanted = vec4u(ids[rows.x], ids[rows.y], ids[rows.z], ids[rows.w]);
  let slope = vec4f(coef[rows.x], coef[rows.y], coef[rows.z], coef[rows.w]) * parameters.inverse_temperature;
  let normalizer = vec4f(
    log_sum_exp[rows.x], log_sum_exp[rows.y], log_sum_exp[rows.z], log_sum_exp[rows.w],
  );
  // Row r of a matrix is column r here: 4 columns of hidden_grad for each of the 4 rows.
  var sums: array<mat4x4f, OWNED>;
  // Rows without a loss need no tiles, only their zeros.
  let trained = any(slope != vec4f());
  for (var first = 0u; trained && first < VOCABULARY; first += TILE) {
    let logits = logits_4x4(rows, first + 4u * lane) * parameters.inverse_temperature;
    for (var j = 0u; j < 4u; j++) {
      let item = first + 4u * lane + j;
      let softmax = exp(logits[j] - normalizer);
      let target_row = select(vec4f(), vec4f(1.0), wanted == vec4u(item));
      // A masked row stays at 0 whatever its logits are.
      factors[4u * lane + j] = select(slope * (target_row - softmax), vec4f(), slope == vec4f());
    }
    workgroupBarrier();
    let items = min(TILE, VOCABULARY - first);
    for (var owned = 0u; owned < OWNED; owned++) {
      let chunk = owned * LANES + lane;
      if (chunk >= CHUNKS) { break; }
      var sum = sums[owned];
      for (var i = 0u; i < items; i++) {
        let weights = head4(first + i, chunk);
        let f = factors[i];
        sum += mat4x4f(f.x * weights, f.y * weights, f.z * weights, f.w * weights);
      }
      sums[owned] = sum;
    }
    workgroupBarrier();
  }
  for (var owned = 0u; owned < OWNED; owned++) {
    for (var r = 0u; r < 4u; r++) {
      let row = 4u * group.x + r;
      for (var c = 0u; c < 4u; c++) {
        let column = 4u * (owned * LANES + lane) + c;
        if (row < parameters.rows && column < WIDTH) {
          hidden_grad[row * WIDTH + column] = sums[owned][r][c];
        }
      }
    }
  }
}
