import { converters } from 'as-bind/dist/as-bind.esm.js'
import type { Arena } from './memory.js'

// as-bind 0.8 reads the object layout of AssemblyScript 0.19; since 0.20 objects have another header and there is no
// type table. Without these it returns wrong values and says nothing. Only strings cross: arrays go by pointer.

interface Bound {
  exports: { memory: WebAssembly.Memory }
}

const HEADER = 20 // bytes before an object; its last two words are class id and byte size
const STRING_ID = 2 // fixed by the AssemblyScript runtime
const arenas = new WeakMap<WebAssembly.Memory, Arena>()

/** Strings passed to the instance that lives in this arena's memory are allocated there. */
export function bindStrings(arena: Arena): void {
  arenas.set(arena.memory, arena)
}

converters.set('~lib/string/String', {
  ascToJs({ exports: { memory } }: Bound, pointer: number): string {
    const bytes = new DataView(memory.buffer).getUint32(pointer - 4, true)
    return String.fromCharCode(...new Uint16Array(memory.buffer, pointer, bytes >>> 1))
  },
  jsToAsc({ exports: { memory } }: Bound, text: string): number {
    const arena = arenas.get(memory)
    if (!arena) throw new Error('bindings: a string was passed to an instance without an arena')
    const pointer = arena.alloc(64 + text.length * 2) + 64
    const view = new DataView(memory.buffer)
    view.setUint32(pointer - HEADER, HEADER + text.length * 2, true)
    view.setUint32(pointer - 8, STRING_ID, true)
    view.setUint32(pointer - 4, text.length * 2, true)
    for (let i = 0; i < text.length; i++) view.setUint16(pointer + i * 2, text.charCodeAt(i), true)
    return pointer
  },
})
// Every number, pointers included, crosses as it is; said here, or as-bind warns once per type name.
for (const type of ['i32', 'u32', 'usize', 'isize', 'f32', 'f64', 'bool', 'void']) {
  converters.set(type, { ascToJs: (_: Bound, x: number) => x, jsToAsc: (_: Bound, x: number) => x })
}
