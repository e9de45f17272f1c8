/**
 * Bytes of the buffers that ONNX Runtime makes on WebGPU, so that it can use them again: of these sizes, and larger ones as they are.
 * Source: microsoft/onnxruntime, `onnxruntime/core/providers/webgpu/buffer_manager.cc`, `BUCKET_DEFAULT_LIMIT_TABLE`.
 */
const BUFFER_SIZES: readonly number[] = [
  64, 128, 256, 512, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576,
  2_097_152, 4_194_304, 8_388_608, 12_582_912, 16_777_216, 26_214_400, 33_554_432, 44_236_800, 58_982_400,
  67_108_864, 134_217_728, 167_772_160,
]

/** Bytes of the buffer for a result of so many. */
export function bufferSize(bytes: number): number {
  return BUFFER_SIZES.find((size) => size >= bytes) ?? bytes
}
