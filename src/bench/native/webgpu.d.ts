/** The part of the `webgpu` package that is used here. `npm ci` does not install the package (`src/cli/bench/native_options.ts`). */
declare module 'webgpu' {
  /** Returns what a browser has as `navigator.gpu`, with Dawn's toggles set. */
  export function create(toggles: readonly string[]): GPU
  /** GPUBufferUsage and its like, which are globals in a browser. */
  export const globals: object
}
