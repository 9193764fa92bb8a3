// Ratings in files, and folds of them.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { ratings } from 'latens'

/** Lines of user, item and rating as three lists of numbers; a header is passed over. */
export async function readTriplets(path) {
  const file = createReadStream(path)
  const [users, items, values] = [[], [], []]
  for await (const line of createInterface({ input: path.endsWith('.gz') ? file.pipe(createGunzip()) : file })) {
    const [user, item, value] = line.split('\t').map(Number)
    if (!Number.isFinite(value)) continue
    users.push(user)
    items.push(item)
    values.push(value)
  }
  return { users, items, values }
}

/** Fold of the p-th rating, 0 to 4: bench/peers/als.py has the same. */
export const foldOf = p => Math.floor((((p * 2654435761) % 2 ** 32) * 5) / 2 ** 32)

/** Those of the ratings that `taken` lets in. */
export function some({ users, items, values }, shape, taken, Floats = Float64Array) {
  const places = users.map((_, p) => p).filter(taken)
  return ratings({
    users: places.map(p => users[p]),
    items: places.map(p => items[p]),
    values: Floats.from(places, p => values[p]),
    shape,
  })
}
