// head (V, H) in blocks of 32 bytes with one scale each, laid out as MatMulNBits' B: value = (byte - 128) *
// scale.
@group(0) @binding(1) var<storage, read> head: array<vec4u>;
@group(0) @binding(2) var<storage, read> head_scales: array<f32>;

// 16 bytes hold half a block.
const PER_LOAD = 4u;

fn head_scale(v: u32, load: u32) -> f32 {
  return head_scales[(v * LOADS + load) >> 1u];
}

fn head_part(load: vec4u, n: u32) -> vec4f {
  return vec4f((vec4u(load[n]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u)) - 128.0;
}

fn head4(v: u32, chunk: u32) -> vec4f {
  let load = v * LOADS + (chunk >> 2u);
  return head_part(vec4u(head[load][chunk & 3u]), 0u) * head_scales[load >> 1u];
}
