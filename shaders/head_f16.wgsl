// head (V, H) in IEEE halves, two to a u32, rows padded to a multiple of 8.
@group(0) @binding(1) var<storage, read> head: array<vec4u>;

const PER_LOAD = 2u;

fn head_scale(v: u32, load: u32) -> f32 {
  return 1.0;
}

fn head_part(load: vec4u, n: u32) -> vec4f {
  let packed = select(load.zw, load.xy, n == 0u);
  return vec4f(unpack2x16float(packed.x), unpack2x16float(packed.y));
}

fn head4(v: u32, chunk: u32) -> vec4f {
  return head_part(head[v * LOADS + (chunk >> 1u)], chunk & 1u);
}
