// head (V, H) in f32, rows padded to a multiple of 4.
@group(0) @binding(1) var<storage, read> head: array<vec4f>;

fn head4(v: u32, chunk: u32) -> vec4f {
  return head[v * CHUNKS + chunk];
}
