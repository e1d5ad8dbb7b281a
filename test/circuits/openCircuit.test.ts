/** The harness itself: it must find what is wrong with circuits that are wrong. */
import { describe, expect, test } from 'vitest'
import { openCircuit, openSource, toInput } from './openCircuit.ts'

const template = (name: string, body: string) => `pragma circom 2.2.3;
template ${name}() {
    signal input in;
    signal output out;
${body}
}
`

describe('openCircuit', () => {
  test('default: a sound circuit has no free wire', async () => {
    const circuit = await openSource('Square', template('Square', '    out <== in * in;'), ['in'])
    const witness = await circuit.expectPass(toInput({ in: 3 }))
    expect(witness.signal('out')).toBe(9n)
    witness.expectNoFreeWire()
    witness.expectForgeryRejected({ out: 10n }, 1)
  })

  test('behavior: a wire without a constraint is free', async () => {
    const circuit = await openSource('Unbound', template('Unbound', '    out <-- in * in;'), ['in'])
    const witness = await circuit.expectPass(toInput({ in: 3 }))
    expect(witness.listFreeWires()).toEqual(['out'])
    expect(() => witness.expectNoFreeWire()).toThrow("[ 'out' ]")
    expect(() => witness.expectForgeryRejected({ out: 10n }, 1)).toThrow('violated constraints')
  })

  test('behavior: two wires that can only move together are found by the Jacobian', async () => {
    const body = `    signal one <-- in;
    signal other <-- 2;
    out <== one * other;
    signal square <== (one + other) * (one + other);
    square === (in + 2) * (in + 2);
    out * 0 === 0;`
    const circuit = await openSource('Together', template('Together', body), ['in'])
    const witness = await circuit.expectPass(toInput({ in: 3 }))
    expect(witness.listFreeWires()).toEqual([])
    expect(() => witness.expectNoFreeWire()).toThrow()
  })

  test('behavior: an allowance for a wire that is not free is refused', async () => {
    const circuit = await openSource('Square', template('Square', '    out <== in * in;'), ['in'])
    const witness = await circuit.expectPass(toInput({ in: 3 }))
    expect(() => witness.expectNoFreeWire({ out: 'no reason' })).toThrow()
  })

  test('behavior: the forger makes the honest witness of an honest input and says what it changed otherwise', async () => {
    const circuit = await openCircuit({ template: 'trace/OneHotLabel', parameters: [3], publicInputs: ['label'] })
    const honest = await circuit.expectPass(toInput({ label: 1 }))
    const forged = await circuit.forge(toInput({ label: 1 }))
    expect(forged.values).toEqual(honest.values)
    forged.expectSatisfied()
    expect(() => forged.expectRejected(1)).toThrow()
  })

  test('error: edits that change nothing or name no signal', async () => {
    const circuit = await openSource('Square', template('Square', '    out <== in * in;'), ['in'])
    const witness = await circuit.expectPass(toInput({ in: 3 }))
    expect(() => witness.edited({ out: 9n })).toThrow('these edits change no wire')
    expect(() => witness.edited({ typo: 9n })).toThrow('the circuit has no signal typo')
  })

  test('error: a rewrite of a line that is not there, or not once', async () => {
    const circuit = await openCircuit({ template: 'trace/OneHotLabel', parameters: [3], publicInputs: ['label'] })
    const forge = (piece: string) => circuit.forge(toInput({ label: 1 }), { 'trace/OneHotLabel': { [piece]: '' } })
    await expect(forge('no such line')).rejects.toThrow('holds 0 times')
    await expect(forge('isLabel')).rejects.toThrow('times: isLabel')
    await expect(circuit.forge(toInput({ label: 1 }), { 'trace/Nothing': {} })).rejects.toThrow('no trace/Nothing')
  })
})
