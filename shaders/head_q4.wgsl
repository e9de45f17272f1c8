// head (V, H) in blocks of 32 nibbles with one scale each, as MatMulNBits' B: value = (nibble - 8) * scale.
@group(0) @binding(1) var<storage, read> head: array<u32>;
@group(0) @binding(2) var<storage, read> head_scales: array<f32>;

fn head4(v: u32, chunk: u32) -> vec4f {
  let block = v * BLOCKS + (chunk >> 3u);
  let half_word = head[block * 4u + ((chunk & 7u) >> 1u)] >> (16u * (chunk & 1u));
  let nibbles = (vec4u(half_word) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(15u);
  return (vec4f(nibbles) - 8.0) * head_scales[block];
}
