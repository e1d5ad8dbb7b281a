import { type Address, getAddress } from 'viem'
import type { ContractName } from '../../chain/decodeContractEvent.ts'
import { MAXIMUM_CONTRIBUTORS } from '../circuitBounds.ts'
import { askState } from '../stateQuestions.ts'
import { accountOf, type Books, currentOperatorOf, dueOf } from './Books.ts'
import { finishEpoch } from './epochs.ts'
import { finishOpenBatch } from './openBatches.ts'
import { deadlineOf, expectRequest, factsOf, REQUEST_STATE, requestRow } from './requests.ts'

/** Judges what is open at the pinned block, and what the contracts must answer and hold there. */
export function finishBooks(books: Books): void {
  requireCodes(books)
  finishRegistries(books)
  finishRequests(books)
  for (const epoch of books.epochs.values()) finishEpoch(books, epoch)
  finishBalances(books, finishAccounts(books))
  books.answers.finish()
}

/** An upper bound of what will be expected below of the contracts' answers: counts, and the state of whatever is open. */
export function countOpenQuestions(books: Books): number {
  const { circuits, models, epochs, requests, batches, accounts, contributorCount } = books
  return (
    SPARE_ANSWERS +
    COUNTS +
    circuits.size +
    QUESTIONS_OF_MODEL * models.size +
    (1 + MAXIMUM_CONTRIBUTORS) * epochs.size +
    requests.size +
    batches.size +
    accounts.size +
    QUESTIONS_OF_CONTRIBUTOR * contributorCount
  )
}

/** Answers that nothing will be expected of, because an event is hidden that was asked about: they take the room of none that will be. */
const SPARE_ANSWERS = 10_000
const COUNTS = 4
const QUESTIONS_OF_MODEL = 3
/** What it owes, and what it may withdraw. */
const QUESTIONS_OF_CONTRIBUTOR = 2

/** Evidence without the code of a contract would pass for evidence of the right code. */
function requireCodes({ header, circuits, coded, output }: Books): void {
  for (const [name, address] of Object.entries(header.deployment)) {
    if (coded.has(name as ContractName)) continue
    const contract = getAddress(address)
    output.find('STATE_MISSING', { contract }, null, { message: `the code at ${contract} was not read` })
  }
  for (const { verifier, isCodeRead } of circuits.values()) {
    if (isCodeRead) continue
    const contract = getAddress(verifier)
    const message = `the code at ${contract} was not read after it was registered as a verifier`
    output.find('STATE_MISSING', { contract }, null, { message })
  }
}

function finishRegistries(books: Books): void {
  const { answers, circuits, models } = books
  answers.expect(askState('policyRegistry', 'currentPolicyId'), 'COUNT_DIFFERS', {}, [books.policyCount])
  answers.expect(askState('modelRegistry', 'modelCount'), 'COUNT_DIFFERS', {}, [BigInt(models.size)])
  answers.expect(askState('inferenceEscrow', 'requestCount'), 'COUNT_DIFFERS', {}, [books.requestCount])
  answers.expect(askState('inferenceEscrow', 'batchCount'), 'COUNT_DIFFERS', {}, [books.batchCount])
  for (const { circuitId, verifier, verifierCodehash, keyHash, traces, contributors, retiredAt } of circuits.values()) {
    const answer = { verifier, verifierCodehash, keyHash, traces, contributors, isRetired: retiredAt !== null }
    answers.expect(askState('verifierRegistry', 'circuitOf', circuitId), 'CIRCUIT_STATE_DIFFERS', { circuitId }, [
      answer,
    ])
  }
  for (const model of models.values()) {
    const { modelId, owner, modelVersion, indexVersion } = model
    const operator = currentOperatorOf(model)
    const answer = { owner, operator, modelVersion: Number(modelVersion), indexVersion: Number(indexVersion) }
    answers.expect(askState('modelRegistry', 'modelOf', modelId), 'MODEL_STATE_DIFFERS', { modelId }, [answer])
    const current = askState('epochLedger', 'currentEpochIdOf', modelId)
    answers.expect(current, 'COUNT_DIFFERS', { modelId }, [model.currentEpochId])
    const closed = askState('epochLedger', 'lastClosedEpochIdOf', modelId)
    answers.expect(closed, 'COUNT_DIFFERS', { modelId }, [model.lastClosedEpochId])
    for (const account of model.contributors) {
      const { amountWei, indexVersion: under } = model.debts.get(account) ?? { amountWei: 0n, indexVersion: 0n }
      const question = askState('epochLedger', 'debtOf', modelId, account)
      const logged = model.loggedDebts.get(account) ?? { amountWei: 0n, indexVersion: 0n }
      answers.expect(
        question,
        'DEBT_DIFFERS',
        { modelId, account },
        [{ amountWei, indexVersion: Number(under) }],
        [{ amountWei: logged.amountWei, indexVersion: Number(logged.indexVersion) }],
      )
    }
    for (const [account, debt] of model.debts) books.output.row({ kind: 'debt', modelId, account, ...debt })
  }
}

/** Batches that are not settled and requests that are in none. */
function finishRequests(books: Books): void {
  for (const batch of books.batches.values()) {
    const requests = batch.leaves.requestIds.flatMap((id) => books.requests.get(id) ?? [])
    finishOpenBatch(books, batch, requests.map(factsOf))
  }
  for (const request of books.requests.values()) {
    const state = request.batchId === null ? REQUEST_STATE.paid : REQUEST_STATE.sealed
    expectRequest(books, request, state)
    if (request.batchId !== null) continue
    books.output.row(
      requestRow(books, request, deadlineOf(books, request, state), { refundedAt: null, place: request.place }),
    )
  }
}

/** @returns what all accounts may withdraw as the ledger logged it, in wei; by the causes it is among the totals */
function finishAccounts(books: Books): bigint {
  let loggedTotalWei = 0n
  // Whoever may be credited one day is asked about, so that a credit without an event is seen.
  for (const { contributors } of books.models.values()) for (const account of contributors) accountOf(books, account)
  for (const [account, sums] of [...books.accounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { creditedWei, withdrawableWei, ...causes } = sums
    const claimableWei = notNegative(dueOf(sums) - withdrawableWei)
    const loggedWei = notNegative(creditedWei - causes.withdrawnWei)
    books.totals.claimableWei += claimableWei
    loggedTotalWei += loggedWei
    const question = askState('epochLedger', 'claimableOf', account)
    books.answers.expect(question, 'CLAIMABLE_DIFFERS', { account }, [claimableWei], [loggedWei])
    books.output.row({ kind: 'account', account, ...causes, claimableWei })
  }
  return loggedTotalWei
}

/** More was withdrawn than was due: reported where it was. */
const notNegative = (wei: bigint) => (wei < 0n ? 0n : wei)

/** The escrow holds the fees of open requests, the ledger what may be withdrawn and the pools of epochs that are not closed. */
function finishBalances(books: Books, loggedClaimableWei: bigint): void {
  const { inferenceEscrow, epochLedger } = books.header.deployment
  const openFeesWei = [...books.requests.values()].reduce((sum, { feeWei }) => sum + feeWei, 0n)
  const openPoolsWei = [...books.epochs.values()].reduce((sum, { own }) => sum + own.poolsWei, 0n)
  compareBalance(books, inferenceEscrow, openFeesWei, openFeesWei)
  compareBalance(books, epochLedger, books.totals.claimableWei + openPoolsWei, loggedClaimableWei + openPoolsWei)
}

function compareBalance({ balances, output }: Books, contract: Address, owedWei: bigint, loggedWei: bigint): void {
  const heldWei = balances.get(getAddress(contract))
  if (heldWei === undefined) {
    output.find('STATE_MISSING', { contract }, null, { message: `the balance of ${contract} was not read` })
  } else if (heldWei !== owedWei && heldWei !== loggedWei) {
    const isShort = heldWei < owedWei
    output.find(isShort ? 'BALANCE_TOO_LOW' : 'BALANCE_EXCEEDS', { contract }, null, {
      expected: `${owedWei} wei`,
      found: `${heldWei} wei`,
      message: isShort
        ? `${contract} holds ${owedWei - heldWei} wei less than it owes`
        : `${contract} holds ${heldWei - owedWei} wei more than it owes: anyone can force coins into a contract, or a withdrawal sent less than its event says`,
    })
  }
}
