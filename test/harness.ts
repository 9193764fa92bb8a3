import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export interface Kernels {
  exports: Record<string, Function>
  memory: WebAssembly.Memory
}

/** The raw engine on its own 64-page memory: build/latens.wasm, or the file LATENS_WASM names. For kernel tests only; everything else goes through bindings. */
export async function kernels(): Promise<Kernels> {
  const memory = new WebAssembly.Memory({ initial: 64 })
  const bytes = readFileSync(resolve(process.cwd(), process.env['LATENS_WASM'] ?? 'build/latens.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } })
  return { exports: instance.exports as Record<string, Function>, memory }
}
