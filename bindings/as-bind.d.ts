declare module 'as-bind/dist/as-bind.esm.js' {
  export const converters: Map<string | RegExp, unknown>
  export function instantiate(
    module: WebAssembly.Module | BufferSource,
    imports: WebAssembly.Imports,
  ): Promise<{ exports: Record<string, unknown>; module: WebAssembly.Module }>
}
declare module '#wasm' {
  export function load(): Promise<WebAssembly.Module>
}
declare module '#wasm-relaxed' {
  export function load(): Promise<WebAssembly.Module>
}
declare module '#wasm-shared' {
  export function load(): Promise<WebAssembly.Module>
}
declare module '#worker' {
  /** The worker's module as text; empty where the host has no workers. */
  export const source: string
}
