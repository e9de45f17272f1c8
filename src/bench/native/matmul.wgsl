// a (K, M), b (K, N) -> c (M, N) = transposed a times b; M, N and K are multiples of the tile
//
// Needs TILE_M, TILE_N, TILE_K and OWN_M, OWN_N, all multiples of 4. A workgroup makes a TILE_M x TILE_N tile of c,
// TILE_K rows of a and b at a time; each lane owns OWN_M x OWN_N values of it, in fours that lie a stride apart,
// so that neighbouring lanes read neighbouring words.

struct Parameters {
  m: u32,
  n: u32,
  k: u32,
}
@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;

const LANES_M = TILE_M / OWN_M;
const LANES_N = TILE_N / OWN_N;
const LANES = LANES_M * LANES_N;
const FOURS_M = TILE_M / 4u;
const FOURS_N = TILE_N / 4u;
const OWN_FOURS_M = OWN_M / 4u;
const OWN_FOURS_N = OWN_N / 4u;

var<workgroup> tile_a: array<vec4f, TILE_K * FOURS_M>;
var<workgroup> tile_b: array<vec4f, TILE_K * FOURS_N>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let x = lane % LANES_N;
  let y = lane / LANES_N;
  let first_a = group.y * FOURS_M;
  let first_b = group.x * FOURS_N;
  let width_a = parameters.m / 4u;
  let width_b = parameters.n / 4u;
  // [row of the lane][four columns]
  var sums: array<array<vec4f, OWN_FOURS_N>, OWN_M>;
  for (var k = 0u; k < parameters.k; k += TILE_K) {
    for (var i = lane; i < TILE_K * FOURS_M; i += LANES) {
      tile_a[i] = a[(k + i / FOURS_M) * width_a + first_a + i % FOURS_M];
    }
    for (var i = lane; i < TILE_K * FOURS_N; i += LANES) {
      tile_b[i] = b[(k + i / FOURS_N) * width_b + first_b + i % FOURS_N];
    }
    workgroupBarrier();
    for (var i = 0u; i < TILE_K; i++) {
      var right: array<vec4f, OWN_FOURS_N>;
      for (var q = 0u; q < OWN_FOURS_N; q++) { right[q] = tile_b[i * FOURS_N + x + q * LANES_N]; }
      for (var p = 0u; p < OWN_FOURS_M; p++) {
        let left = tile_a[i * FOURS_M + y + p * LANES_M];
        for (var q = 0u; q < OWN_FOURS_N; q++) {
          sums[4u * p][q] = fma(vec4f(left.x), right[q], sums[4u * p][q]);
          sums[4u * p + 1u][q] = fma(vec4f(left.y), right[q], sums[4u * p + 1u][q]);
          sums[4u * p + 2u][q] = fma(vec4f(left.z), right[q], sums[4u * p + 2u][q]);
          sums[4u * p + 3u][q] = fma(vec4f(left.w), right[q], sums[4u * p + 3u][q]);
        }
      }
    }
    workgroupBarrier();
  }
  for (var p = 0u; p < OWN_M; p++) {
    let row = 4u * (first_a + y + (p / 4u) * LANES_M) + p % 4u;
    for (var q = 0u; q < OWN_FOURS_N; q++) {
      c[row * width_b + first_b + x + q * LANES_N] = sums[p][q];
    }
  }
}
