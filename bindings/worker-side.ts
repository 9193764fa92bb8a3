import { builtin, inNode } from './node.js'

// The other end of a port, inside the worker.

interface NodePort {
  on(event: 'message', listener: (message: unknown) => void): void
  postMessage(message: unknown, transfer?: Transferable[]): void
}
interface Scope {
  onmessage: ((event: { data: unknown }) => void) | null
  postMessage(message: unknown, transfer: Transferable[]): void
}

/** Hands messages to `take`, in their order, and gives the way to answer. */
export async function listen(
  take: (message: unknown) => void,
): Promise<(message: unknown, transfer?: Transferable[]) => void> {
  const scope = globalThis as unknown as Scope
  if (!inNode()) {
    scope.onmessage = ({ data }) => take(data)
    return (message, transfer) => scope.postMessage(message, transfer ?? [])
  }
  const { parentPort } = (await builtin('worker_threads')) as { parentPort: NodePort }
  parentPort.on('message', take)
  return (message, transfer) => parentPort.postMessage(message, transfer)
}
