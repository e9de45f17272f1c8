// head (V, H) in IEEE halves, two to a u32, rows padded to a multiple of 4.
@group(0) @binding(1) var<storage, read> head: array<vec2u>;

fn head4(v: u32, chunk: u32) -> vec4f {
  let packed = head[v * CHUNKS + chunk];
  return vec4f(unpack2x16float(packed.x), unpack2x16float(packed.y));
}
