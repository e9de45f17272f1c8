// head (V, H) in blocks of 32 bytes with one scale each, as MatMulNBits' B: value = (byte - 128) * scale.
@group(0) @binding(1) var<storage, read> head: array<u32>;
@group(0) @binding(2) var<storage, read> head_scales: array<f32>;

fn head4(v: u32, chunk: u32) -> vec4f {
  let block = v * BLOCKS + (chunk >> 3u);
  let bytes = (vec4u(head[block * 8u + (chunk & 7u)]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u);
  return (vec4f(bytes) - 128.0) * head_scales[block];
}
