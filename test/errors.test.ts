import { expect, test } from 'vitest'
import { InvalidInputError, WITHHELD } from '../src/errors.ts'

test('behavior: a field that a stranger named is shortened', () => {
  const { field, message } = new InvalidInputError(`line 7.${'x'.repeat(4 << 20)}`, 'absent', '(present)')
  expect(field).toMatch(/^line 7\.x+\.\.\.$/)
  expect(field).toHaveLength(200)
  expect(message).toBe(`${field} must be absent, got "(present)"`)
})

test('behavior: a salt is withheld, however long the path to it', () => {
  const error = new InvalidInputError(`${'traces[0].'.repeat(50)}inputSalt`, 'a field element', 987654321)
  expect(error.message).not.toContain('987654321')
  expect(error.value).toBe(WITHHELD)
})
