// hidden (T, H) for any H; zero past the end of a row.
@group(0) @binding(3) var<storage, read> hidden: array<f32>;

fn hidden4(row: u32, chunk: u32) -> vec4f {
  let column = 4u * chunk;
  let start = row * WIDTH + column;
  var value = vec4f();
  if (column < WIDTH) { value.x = hidden[start]; }
  if (column + 1u < WIDTH) { value.y = hidden[start + 1u]; }
  if (column + 2u < WIDTH) { value.z = hidden[start + 2u]; }
  if (column + 3u < WIDTH) { value.w = hidden[start + 3u]; }
  return value;
}
