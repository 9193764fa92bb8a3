import type { Pace } from './pace.js'
import { dispose, type PoolRun } from './pool.js'
import type { Job } from './program.js'

/** Runs a job on the threads of a pool; yields what its tasks yield as it comes, where `isNew` says so (a task is begun
 *  again where its worker is lost), and ends with the job. Left before, it ends the threads' work. Neither `threads` nor
 *  `pace` is of use afterwards. */
export async function* told<S>(
  threads: PoolRun,
  job: Job,
  pace: Pace,
  isNew: (step: S) => boolean,
): AsyncGenerator<S, void> {
  const steps: S[] = []
  let wake = (): void => {}
  let over = false
  const running = threads
    .map(job, pace, value => {
      if (!isNew(value as S)) return
      steps.push(value as S)
      wake()
    })
    .finally(() => {
      over = true
      wake()
    })
  running.catch(() => {}) // thrown below, after what came before it
  try {
    while (!over || steps.length > 0) {
      const step = steps.shift()
      if (step) yield step
      else await new Promise<void>(resolve => (wake = resolve))
    }
    await running
  } finally {
    pace.stop(new Error('the fit was left'))
    threads[dispose]()
    await running.catch(() => {}) // it was thrown above, or nobody asks any more; nothing of it goes on afterwards
  }
}
