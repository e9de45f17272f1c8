// head (V, H) in blocks of 32 nibbles with one scale each, laid out as MatMulNBits' B: value = (nibble - 8) *
// scale.
@group(0) @binding(1) var<storage, read> head: array<vec4u>;
@group(0) @binding(2) var<storage, read> head_scales: array<f32>;

// 16 bytes hold a block.
const PER_LOAD = 8u;

fn head_scale(v: u32, load: u32) -> f32 {
  return head_scales[v * LOADS + load];
}

fn head_values(word: u32, chunk: u32) -> vec4f {
  let nibbles = (vec4u(word >> (16u * (chunk & 1u))) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(15u);
  return vec4f(nibbles) - 8.0;
}

fn head_part(load: vec4u, n: u32) -> vec4f {
  return head_values(load[n >> 1u], n);
}

fn head4(v: u32, chunk: u32) -> vec4f {
  let block = v * LOADS + (chunk >> 3u);
  return head_values(head[block][(chunk & 7u) >> 1u], chunk) * head_scales[block];
}
