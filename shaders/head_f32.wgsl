// head (V, H) in f32, rows padded to a multiple of 4.
@group(0) @binding(1) var<storage, read> head: array<vec4u>;

const PER_LOAD = 1u;

fn head_scale(v: u32, load: u32) -> f32 {
  return 1.0;
}

fn head_part(load: vec4u, n: u32) -> vec4f {
  return bitcast<vec4f>(load);
}

fn head4(v: u32, chunk: u32) -> vec4f {
  return bitcast<vec4f>(head[v * LOADS + chunk]);
}
