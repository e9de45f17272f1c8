// Needs a reader of the head, a reader of hidden, and the constants WIDTH (H), CHUNKS (H in fours, rounded
// up), LOADS (16-byte loads of a head's row), VOCABULARY (V), ROWS (of a tile, a multiple of 4) and LANES.
//
// The kernel reads the head 16 bytes at a time. Neighbouring lanes take neighbouring items, whose rows lie
// far apart and share no cache line, so each load costs a whole line whatever its width.

// Rows go in fours: row r of four f is component r of quad f.
const QUADS = ROWS / 4u;
// Stands in for -infinity: the difference of two maxima must not be inf - inf.
const LOWEST = -1e38;

// Returns the rows of a quad. Past the end it repeats the last row, which callers must not write.
fn quad_rows(tile: u32, quad: u32, rows: u32) -> vec4u {
  return min(vec4u(ROWS * tile + 4u * quad) + vec4u(0u, 1u, 2u, 3u), vec4u(rows - 1u));
}

// Returns sum + x w, in an order where each step is one multiply-add.
fn add_product(sum: vec4f, x: mat4x4f, w: vec4f) -> vec4f {
  return sum + x[0] * w.x + x[1] * w.y + x[2] * w.z + x[3] * w.w;
}

// Returns logits of a tile's rows at the 4 items first_item...: column j of each quad belongs to item
// first_item + j. Past the vocabulary it repeats the last item, which callers leave out.
fn tile_logits(tile: u32, rows: u32, first_item: u32) -> array<mat4x4f, QUADS> {
  let items = min(vec4u(first_item) + vec4u(0u, 1u, 2u, 3u), vec4u(VOCABULARY - 1u));
  var sums: array<mat4x4f, QUADS>;
  for (var load = 0u; load < LOADS; load++) {
    let a = head[items.x * LOADS + load];
    let b = head[items.y * LOADS + load];
    let c = head[items.z * LOADS + load];
    let d = head[items.w * LOADS + load];
    let scale = vec4f(
      head_scale(items.x, load), head_scale(items.y, load), head_scale(items.z, load), head_scale(items.w, load),
    );
    for (var n = 0u; n < PER_LOAD; n++) {
      let chunk = load * PER_LOAD + n;
      let wa = head_part(a, n) * scale.x;
      let wb = head_part(b, n) * scale.y;
      let wc = head_part(c, n) * scale.z;
      let wd = head_part(d, n) * scale.w;
      for (var quad = 0u; quad < QUADS; quad++) {
        let r = quad_rows(tile, quad, rows);
        let x = transpose(mat4x4f(
          hidden4(r.x, chunk), hidden4(r.y, chunk), hidden4(r.z, chunk), hidden4(r.w, chunk),
        ));
        sums[quad] = mat4x4f(
          add_product(sums[quad][0], x, wa),
          add_product(sums[quad][1], x, wb),
          add_product(sums[quad][2], x, wc),
          add_product(sums[quad][3], x, wd),
        );
      }
    }
  }
  return sums;
}
