// Philox 4x32-10, the same as src/random.ts: counter (4 u32), key (2 u32) -> 4 u32.

fn mulhi(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu;
  let ah = a >> 16u;
  let bl = b & 0xffffu;
  let bh = b >> 16u;
  let mid = ah * bl + ((al * bl) >> 16u);
  let mid2 = al * bh + (mid & 0xffffu);
  return ah * bh + (mid >> 16u) + (mid2 >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var x = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    x = vec4u(
      mulhi(0xcd9e8d57u, x.z) ^ x.y ^ k.x,
      0xcd9e8d57u * x.z,
      mulhi(0xd2511f53u, x.x) ^ x.w ^ k.y,
      0xd2511f53u * x.x,
    );
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return x;
}

// Maps bits to floats in (0, 1): 23 bits and a half are exact in f32.
fn uniforms_from_bits(bits: vec4u) -> vec4f {
  return (vec4f(bits >> vec4u(9u)) + 0.5) * 0x1p-23;
}
