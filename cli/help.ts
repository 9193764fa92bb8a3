import type { Flag } from './flag-list.js'

const WIDTH = 80
const LEFT = 32

const INPUT = `A .csv, .tsv or .mtx file (each may be .gz), a .npy file, or an .npz file of one array or of SciPy's sparse matrix; rows are samples. Header and row names are found by themselves. - reads a table from stdin, as does naming nothing in a pipe. A folder of such files, all of one kind, is one matrix: their rows, in the order of the files' names`

const FILES = 'A .csv, .tsv or .mtx file (each may be .gz), a .npy or an .npz file for each'

/** What a command takes that is not one matrix of all entries. */
export const SEVERAL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  views: {
    view: `${FILES} view; rows are samples, brought into one order by their names where all files have them.`,
  },
  sets: {
    set: `${FILES} data set; rows are samples, columns are brought into one order by their names where files have them.`,
  },
  ratings: {
    input: `Text with a line for each rating: user, item, rating, and what else is of no interest (tabs, commas, semicolons, spaces or :: between them, a header if need be; may be .gz); users and items are ordered as they first come. Or what is stored in a .mtx or .npz file, or is not NaN in a .npy file, of users x items. - reads text from stdin, as does naming nothing in a pipe.`,
  },
}

/** What `deconvolve` takes. */
export const DECONVOLVE_PARTS: Readonly<Record<string, string>> = {
  mixture: 'A .csv, .tsv or .mtx file (each may be .gz), a .npy or an .npz file; rows are genes, columns are samples.',
  signature:
    'The same with a column for each type. Genes are matched by their names where both files have them; else both have the same rows.',
}

/** What a command takes as its input, and how often it reads the parts of a folder. */
export const inputText = (often?: string): string =>
  often === undefined ? `${INPUT}.` : `${INPUT}, read from the disk ${often}, so that it may be larger than the memory.`
export const EXIT = 'Exit: 0 done, 1 failure, 2 usage, 3 ran out of iterations (results are written), 130 interrupted.'

export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** A name and its text in two columns; a name too long for its own stands on a line by itself. */
export function entry(name: string, text: string, left: number): string {
  const lines = wrap(text, WIDTH - left)
  const first = name.length + 2 <= left - 2 ? `  ${name}`.padEnd(left) + (lines.shift() ?? '') : `  ${name}`
  return [first, ...lines.map(line => ' '.repeat(left) + line)].join('\n')
}

const flagName = ({ name, short, value }: Flag): string =>
  `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`

/** A command's help: how it is called, what its parts are, every flag with its type, range and default. */
export function commandHelp(
  usage: string,
  doc: string,
  parts: Readonly<Record<string, string>>,
  groups: Readonly<Record<string, readonly Flag[]>>,
  example: string,
): string {
  const sections = Object.entries(groups).map(
    ([title, flags]) => `${title}:\n${flags.map(flag => entry(flagName(flag), flag.doc, LEFT)).join('\n')}\n`,
  )
  return `${wrap(doc, WIDTH).join('\n')}

Usage: latens ${usage}

${Object.entries(parts)
  .map(([name, text]) => entry(name, text, 12))
  .join('\n')}

${sections.join('\n')}
For example: latens ${example}

${wrap(EXIT, WIDTH).join('\n')}
`
}

/** What `latens` alone says. */
export function overview(commands: Readonly<Record<string, { readonly doc: string }>>): string {
  const left = Math.max(...Object.keys(commands).map(name => name.length)) + 5
  return `Latent-variable models.

Usage: latens <command> [input] [options]

Commands:
${Object.entries(commands)
  .map(([name, { doc }]) => entry(name, doc, left))
  .join('\n')}

latens <command> --help   what a command takes
latens --version          the version

For example: latens nmf data.csv -k 5 --out results
`
}
