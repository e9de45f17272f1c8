// Needs head4, hidden4 and the constants WIDTH (H), CHUNKS (H in fours, rounded up), VOCABULARY (V).

const LANES = 64u;
// Stands in for -infinity, so that no difference of two maxima is inf - inf.
const LOWEST = -1e38;

// Logits of 4 rows at the 4 items first_item...: column j belongs to item first_item + j. Past the
// vocabulary the last item is repeated; the caller leaves those out.
fn logits_4x4(rows: vec4u, first_item: u32) -> mat4x4f {
  let items = min(vec4u(first_item) + vec4u(0u, 1u, 2u, 3u), vec4u(VOCABULARY - 1u));
  var a = vec4f();
  var b = vec4f();
  var c = vec4f();
  var d = vec4f();
  for (var chunk = 0u; chunk < CHUNKS; chunk++) {
    let x = transpose(mat4x4f(
      hidden4(rows.x, chunk), hidden4(rows.y, chunk), hidden4(rows.z, chunk), hidden4(rows.w, chunk),
    ));
    a += x * head4(items.x, chunk);
    b += x * head4(items.y, chunk);
    c += x * head4(items.z, chunk);
    d += x * head4(items.w, chunk);
  }
  return mat4x4f(a, b, c, d);
}

// Rows 4 tile ... 4 tile + 3; past the end the last row is repeated and must not be written.
fn tile_rows(tile: u32, rows: u32) -> vec4u {
  return min(vec4u(4u * tile) + vec4u(0u, 1u, 2u, 3u), vec4u(rows - 1u));
}
