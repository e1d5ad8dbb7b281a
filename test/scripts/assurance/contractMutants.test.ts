import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MutantSandbox } from '../../../scripts/assurance/contractMutants/MutantSandbox.ts'
import { mutateSources } from '../../../scripts/assurance/contractMutants/mutateSources.ts'
import { nameOf } from '../../../scripts/assurance/contractMutants/part.ts'
import { findSurvivors } from '../../../scripts/assurance/contractMutants/runMutants.ts'
import { REPOSITORY_ROOT } from '../../../scripts/circuits/compileCircuit.ts'

const HEAD = 'pragma solidity 0.8.37;\n'
/** A contract with one of each place that can choose: statement, declaration, head, modifier, constant, assembly. */
const VAULT = `${HEAD}
contract Vault {
    uint256 public constant LIMIT = 100;
    address private owner = msg.sender;
    uint256 public total;
    error TooMuch(uint256 received);
    event Added(uint256 amount);

    modifier onlyOwner() {
        require(msg.sender == owner);
        _;
    }

    function add(uint256 amount) external onlyOwner returns (uint256 sum) {
        if (amount > LIMIT) revert TooMuch(amount);
        sum = total + amount;
        total = sum;
        emit Added(amount);
    }

    function sumOf(uint256[] calldata values) external pure returns (uint256 sum) {
        assembly {
            let end := add(values.offset, shl(5, values.length))
            for { let at := values.offset } lt(at, end) { at := add(at, 0x20) } {
                if gt(calldataload(at), LIMIT) { break }
                sum := add(sum, calldataload(at))
            }
        }
    }
}
`
const VAULT_TEST = `${HEAD}
import {Vault} from "../../src/Vault.sol";

contract VaultTest {
    Vault private vault = new Vault();

    function test_Adds() public {
        assert(vault.add(3) == 3);
        assert(vault.add(100) == 103 && vault.total() == 103);
        (bool isDone,) = address(vault).call(abi.encodeCall(vault.add, (vault.LIMIT() + 1)));
        assert(!isDone);
    }

    function test_Sums() public view {
        uint256[] memory values = new uint256[](3);
        (values[0], values[1], values[2]) = (5, 100, 101);
        assert(vault.sumOf(values) == 105);
    }
}
`
const SOURCES = new Map([
  ['src/Vault.sol', VAULT],
  ['test/Vault/Vault.t.sol', VAULT_TEST],
])
const isContract = (path: string) => path.startsWith('src/')

let project: string
beforeAll(async () => {
  // In the repository, where forge finds the compiler.
  await mkdir(join(REPOSITORY_ROOT, 'build'), { recursive: true })
  project = await mkdtemp(join(REPOSITORY_ROOT, 'build/test-mutants-'))
  const settings = 'solc = "scripts/solc.mjs"\noffline = true\nevm_version = "cancun"\n'
  await writeFile(join(project, 'foundry.toml'), `[profile.default]\n${settings}`)
})
afterAll(() => rm(project, { recursive: true }))

test('default: the mutants of each place', async () => {
  const { mutants } = await mutateSources(SOURCES, isContract)
  const names = mutants.map((mutant) => nameOf(mutant).replace(/^Vault\./, ''))
  expect(names).toMatchInlineSnapshot(`
    [
      "LIMIT: 100 -> 100 + 1",
      "LIMIT: 100 -> 100 - 1",
      "onlyOwner: require(msg.sender == owner) -> (nothing)",
      "onlyOwner: require(msg.sender == owner) -> require((msg.sender != owner))",
      "onlyOwner: require(msg.sender == owner) -> require(tx.origin == owner)",
      "add: onlyOwner -> (nothing)",
      "add: amount > LIMIT -> true",
      "add: amount > LIMIT -> false",
      "add: amount > LIMIT -> (amount >= LIMIT)",
      "add: sum = total + amount -> (nothing)",
      "add: sum = total + amount -> sum = (total - amount)",
      "add: total = sum -> (nothing)",
      "add: emit Added(amount) -> (nothing)",
      "sumOf: let end := add(values.offset, shl(5, values.length)) -> let end := 0",
      "sumOf: let end := add(values.offset, shl(5, values.length)) -> let end := sub(values.offset, shl(5, values.length))",
      "sumOf: let end := add(values.offset, shl(5, values.length)) -> let end := add(values.offset, shr(5, values.length))",
      "sumOf: let end := add(values.offset, shl(5, values.length)) -> let end := add(values.offset, shl(6, values.length))",
      "sumOf: let end := add(values.offset, shl(5, values.length)) -> let end := add(values.offset, shl(4, values.length))",
      "sumOf: lt(at, end) -> 0",
      "sumOf: lt(at, end) -> iszero(gt(at, end))",
      "sumOf: let at := values.offset -> let at := 0",
      "sumOf: at := add(at, 0x20) -> (nothing)",
      "sumOf: at := add(at, 0x20) -> at := sub(at, 0x20)",
      "sumOf: at := add(at, 0x20) -> at := add(at, 0x21)",
      "sumOf: at := add(at, 0x20) -> at := add(at, 0x1f)",
      "sumOf: gt(calldataload(at), LIMIT) -> 1",
      "sumOf: gt(calldataload(at), LIMIT) -> 0",
      "sumOf: gt(calldataload(at), LIMIT) -> iszero(lt(calldataload(at), LIMIT))",
      "sumOf: sum := add(sum, calldataload(at)) -> (nothing)",
      "sumOf: sum := add(sum, calldataload(at)) -> sum := sub(sum, calldataload(at))",
    ]
  `)
})

test('behavior: what no test looks at survives, and all else is killed', async () => {
  const { mutants, render } = await mutateSources(SOURCES, isContract)
  const sandbox = await MutantSandbox.create(join(project, 'sandbox'), project, render(mutants))
  const survivors = await findSurvivors(sandbox, mutants, new Set(['Vault']), () => {})
  expect(survivors.map((mutant) => nameOf(mutant).replace(/^Vault\./, ''))).toEqual([
    // Nobody but the owner ever calls.
    'onlyOwner: require(msg.sender == owner) -> (nothing)',
    'add: onlyOwner -> (nothing)',
    // Nobody looks at the events.
    'add: emit Added(amount) -> (nothing)',
    // The loop always ends at a value above the limit, never at the end of the list.
    'sumOf: let end := add(values.offset, shl(5, values.length)) -> let end := sub(values.offset, shl(5, values.length))',
    'sumOf: let end := add(values.offset, shl(5, values.length)) -> let end := add(values.offset, shl(6, values.length))',
    'sumOf: let end := add(values.offset, shl(5, values.length)) -> let end := add(values.offset, shl(4, values.length))',
    'sumOf: lt(at, end) -> iszero(gt(at, end))',
  ])
})

test('error: MUTANT_BASELINE_FAILED when a test fails without a mutant', async () => {
  const broken = new Map(SOURCES).set('test/Vault/Vault.t.sol', VAULT_TEST.replace('== 105', '== 106'))
  const { render } = await mutateSources(broken, isContract)
  const sandbox = await MutantSandbox.create(join(project, 'broken'), project, render([]))
  await expect(findSurvivors(sandbox, [], new Set(['Vault']), () => {})).rejects.toMatchObject({
    code: 'MUTANT_BASELINE_FAILED',
  })
})
