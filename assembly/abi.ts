// What the bindings ask of a fresh instance, and the hooks as-bind's string converter allocates through.

/** Raised whenever a kernel's signature changes; bindings refuse an engine of another version. */
export function abiVersion(): i32 {
  return 3
}

/** Whether this is the build with fused multiply-adds, whose last bits are the host's own. */
export function relaxed(): bool {
  return ASC_FEATURE_RELAXED_SIMD
}

/** First byte after the static data: the arena starts here. */
export function heapBase(): usize {
  return __heap_base
}

/** The engine's name, as a string through the bindings. */
export function engineName(): string {
  return 'latens'
}

/** FNV-1a over the UTF-16 code units of `text`: how the bindings prove that strings cross unharmed. */
export function hashText(text: string): u32 {
  let h: u32 = 0x811c9dc5
  for (let i = 0, n = text.length; i < n; i++) h = (h ^ text.charCodeAt(i)) * 0x01000193
  return h
}

// as-bind insists on these three. Strings are placed in the arena by our converters, so nothing is allocated here.
export function __new(_size: usize, _id: u32): usize {
  return unreachable()
}
export function __pin(pointer: usize): usize {
  return pointer
}
export function __unpin(_pointer: usize): void {}
