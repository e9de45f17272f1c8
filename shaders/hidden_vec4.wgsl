// hidden (T, H) where the last load of a head's row is full.
@group(0) @binding(3) var<storage, read> hidden: array<vec4f>;

fn hidden4(row: u32, chunk: u32) -> vec4f {
  return hidden[row * CHUNKS + chunk];
}
