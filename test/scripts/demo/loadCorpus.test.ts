import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CorpusError, DATANETS, loadCorpus } from '../../../scripts/demo/loadCorpus.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poa-corpus-'))
  for (const datanet of DATANETS) write(`${datanet}.tsv`, `contributor\ttext\na\tone ${datanet}\nb\ttwo ${datanet}\n`)
  write('held-out.tsv', 'datanet\ttext\nmarket-news\tshares rose\n')
  writeContributors([
    { id: 'a', name: 'A', kind: 'honest', about: 'first' },
    { id: 'b', name: 'B', kind: 'copy', copies: 'a', about: 'second' },
  ])
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (file: string, content: string) => writeFileSync(join(folder, file), content)
const writeContributors = (entries: unknown) => write('contributors.json', JSON.stringify(entries))

describe('loadCorpus', () => {
  test('default', () => {
    const corpus = loadCorpus(folder)
    expect(corpus.samples).toHaveLength(8)
    expect(corpus.samples[3]).toEqual({ contributor: 1, label: 1, text: 'two contract-clauses' })
    expect(corpus.heldOut).toEqual([{ label: 2, text: 'shares rose' }])
    expect(corpus.contributors[1]).toEqual({ id: 'b', name: 'B', kind: 'copy', copies: 'a', about: 'second' })
  })

  test('behavior: the corpus of the demo reads', () => {
    const { contributors, samples, heldOut } = loadCorpus()
    expect(contributors).toHaveLength(12)
    expect(samples.length).toBeGreaterThan(300)
    expect(heldOut.length).toBeGreaterThanOrEqual(64)
    expect(new Set(contributors.map(({ kind }) => kind))).toEqual(new Set(['honest', 'mislabelled', 'copy', 'noise']))
  })

  test.each([
    ['market-news.tsv', 'contributor,text\n', 'market-news.tsv line 1: the header must be "contributor<tab>text"'],
    ['market-news.tsv', 'contributor\ttext\n', 'market-news.tsv: has no rows'],
    ['market-news.tsv', 'contributor\ttext\na\n', 'market-news.tsv line 2: must be two columns, neither empty'],
    ['market-news.tsv', 'contributor\ttext\na\tx\ty\n', 'market-news.tsv line 2: must be two columns, neither empty'],
    [
      'market-news.tsv',
      'contributor\ttext\na\tx\n\nb\ty\n',
      'market-news.tsv line 3: must be two columns, neither empty',
    ],
    ['market-news.tsv', 'contributor\ttext\na\tx \n', 'market-news.tsv line 2: a column begins or ends with a blank'],
    ['market-news.tsv', 'contributor\ttext\nz\tx\n', 'market-news.tsv line 2: no contributor z in contributors.json'],
    ['market-news.tsv', 'contributor\ttext\na\tx\na\tx\n', 'market-news.tsv line 3: a repeats a text of this file'],
    ['held-out.tsv', 'datanet\ttext\nsports\tx\n', 'held-out.tsv line 2: no datanet sports'],
    [
      'held-out.tsv',
      'datanet\ttext\nmarket-news\tone market-news\n',
      'held-out.tsv line 2: this text is also a training',
    ],
    [
      'held-out.tsv',
      'datanet\ttext\nmarket-news\tx\nmarket-news\tx\n',
      'held-out.tsv line 3: repeats a text of this file',
    ],
    ['contributors.json', '{', 'contributors.json: is not JSON'],
    ['contributors.json', '[]', 'contributors.json: must be a list of contributors'],
  ])('error: %s %j', (file, content, message) => {
    write(file, content)
    expect(() => loadCorpus(folder)).toThrow(CorpusError)
    expect(() => loadCorpus(folder)).toThrow(message)
  })

  test.each([
    [{ kind: 'honest', copies: 'a' }, 'entry 1: copies must be given exactly for the kind copy'],
    [{ copies: undefined }, 'entry 1: copies must be given exactly for the kind copy'],
    [{ copies: 'z' }, 'b copies z, which is not another contributor'],
    [{ copies: 'b' }, 'b copies b, which is not another contributor'],
    [{ kind: 'lazy' }, 'entry 1: kind must be one of honest, mislabelled, copy, noise'],
    [{ name: '' }, 'entry 1: name must be a text that is not empty'],
    [{ payout: '0x0' }, 'entry 1 has an unknown field payout'],
    [{ id: 'a', copies: 'a' }, 'the id a appears twice'],
  ])('error: contributor %j', (change, message) => {
    writeContributors([
      { id: 'a', name: 'A', kind: 'honest', about: 'first' },
      { id: 'b', name: 'B', kind: 'copy', copies: 'a', about: 'second', ...change },
    ])
    expect(() => loadCorpus(folder)).toThrow(message)
  })

  test('error: a file that is missing, a contributor without samples', () => {
    writeContributors([
      { id: 'a', name: 'A', kind: 'honest', about: 'first' },
      { id: 'b', name: 'B', kind: 'honest', about: 'second' },
      { id: 'c', name: 'C', kind: 'noise', about: 'third' },
    ])
    expect(() => loadCorpus(folder)).toThrow('contributors.json: c has no sample in any datanet')
    rmSync(join(folder, 'held-out.tsv'))
    expect(() => loadCorpus(folder)).toThrow('held-out.tsv: is missing')
  })
})
