// Joins two (max, sum e, sum (x - max) e, x of the token or 0) of the same row.
fn join_sums(a: vec4f, b: vec4f) -> vec4f {
  let top = max(a.x, b.x);
  let shrink_a = exp(a.x - top);
  let shrink_b = exp(b.x - top);
  return vec4f(
    top,
    a.y * shrink_a + b.y * shrink_b,
    (a.z + (a.x - top) * a.y) * shrink_a + (b.z + (b.x - top) * b.y) * shrink_b,
    a.w + b.w,
  );
}
