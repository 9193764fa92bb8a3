// Compiler transform: writes the `as-bind_bindings` section that as-bind 0.8 reads at run time.
// as-bind's own transform was made for AssemblyScript 0.19, whose compiler API is gone.
import { Transform } from 'assemblyscript/transform'
import { CommonFlags, ElementKind, NodeKind } from 'assemblyscript'

const nameOf = type => type.getClass()?.internalName ?? type.toString()

export default class BindingsTransform extends Transform {
  afterCompile(module) {
    const typeIds = {}
    const exportedFunctions = {}
    for (const element of this.program.elementsByDeclaration.values()) {
      const isFunction =
        element.kind === ElementKind.FunctionPrototype && element.declaration.kind === NodeKind.FunctionDeclaration
      if (!isFunction || !element.is(CommonFlags.ModuleExport) || element.internalName.startsWith('~')) continue
      // as-bind's own hooks stay raw: bound, __pin would be called to pin its own NaN argument, without end.
      if (element.name.startsWith('__')) continue
      const instance = element.instances?.get('')
      if (!instance) continue // generic bodies are exported to other files, not from the module
      const { returnType, parameterTypes } = instance.signature
      exportedFunctions[element.name] = { returnType: nameOf(returnType), parameters: parameterTypes.map(nameOf) }
      for (const type of [returnType, ...parameterTypes]) {
        const found = type.getClass?.()
        if (found) typeIds[found.internalName] = { id: found.id, byteSize: found.nextMemoryOffset }
      }
    }
    const section = { typeIds, importedFunctions: {}, exportedFunctions }
    module.addCustomSection('as-bind_bindings', new TextEncoder().encode(JSON.stringify(section)))
  }
}
