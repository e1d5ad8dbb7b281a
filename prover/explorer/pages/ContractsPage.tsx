import { type CircuitView, type ContractsView, contractsView, type PolicyView } from '../../../src/api/views.ts'
import { useNode } from '../node/useNode.ts'
import { Account } from '../parts/Account.tsx'
import { Badge, Check } from '../parts/Badge.tsx'
import { CopyButton } from '../parts/CopyButton.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Hash } from '../parts/Hash.tsx'
import { Moment } from '../parts/Moment.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Table } from '../parts/Table.tsx'
import { formatBps, formatCount, formatDuration } from '../words/formatFigures.ts'

export function ContractsPage() {
  const answer = useNode(contractsView, '/v1/contracts')
  return (
    <Page
      title="Contracts"
      lead="What the chain enforces, and the digests by which keys and verifiers are known. Compare them with a source that you trust."
    >
      <Loaded answer={answer}>
        {(contracts) => (
          <>
            <Deployment contracts={contracts} />
            {contracts.circuits.length === 0 && <p class="empty">No circuit is registered yet.</p>}
            {contracts.circuits.map((circuit) => (
              <Circuit key={circuit.circuitId} circuit={circuit} />
            ))}
            <Policies policies={contracts.policies} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Deployment({ contracts }: { contracts: ContractsView }) {
  return (
    <Section title="Addresses" note={`On the chain with id ${contracts.chainId}`}>
      <Facts
        facts={[
          ['Inference escrow', <Account account={contracts.escrow} isWhole />],
          ['Epoch ledger', <Account account={contracts.epochLedger} isWhole />],
          ['Model registry', <Account account={contracts.modelRegistry} isWhole />],
          ['Verifier registry', <Account account={contracts.verifierRegistry} isWhole />],
          ['Policy registry', <Account account={contracts.policyRegistry} isWhole />],
        ]}
      />
    </Section>
  )
}

function Circuit({ circuit }: { circuit: CircuitView }) {
  const { circuitId, keyHash, nodeKeyHash, setup, isRetired, shape } = circuit
  return (
    <Section
      title={`Circuit ${circuitId}`}
      note={
        <>
          {shape === null ? '' : `Shape ${shape}: `}up to {formatCount(circuit.traces)} inferences and{' '}
          {formatCount(circuit.contributors)} contributors{' '}
          {setup !== null && <Badge state={setup} label={setup === 'dev' ? 'DEV key' : 'production key'} />}{' '}
          {isRetired && <Badge state="retired" />}
        </>
      }
    >
      <Facts
        facts={[
          ['Key hash on chain', <Digest value={keyHash} what="the hash of the key" />],
          [
            'Key of this node',
            nodeKeyHash === null ? (
              'none: it cannot prove for this circuit'
            ) : (
              <Check ok={nodeKeyHash === keyHash} yes="the same hash" no={`another hash, ${nodeKeyHash}`} />
            ),
          ],
          ['Verifier', <Account account={circuit.verifier} />],
          ['Code hash of the verifier', <Digest value={circuit.verifierCodeHash} what="the code hash" />],
          [
            'Registered',
            <>
              <Moment at={circuit.registration.timestamp} />{' '}
              <Hash value={circuit.registration.transactionHash} what="the transaction" />
            </>,
          ],
        ]}
      />
      {setup === 'dev' && (
        <p class="notice">
          Anyone can forge proofs under a DEV key. It is for local chains, and refused on every other.
        </p>
      )}
    </Section>
  )
}

/** Whole, for it is to be compared digit by digit. */
function Digest({ value, what }: { value: string; what: string }) {
  return (
    <span class="digest">
      <code>{value}</code> <CopyButton text={value} what={what} />
    </span>
  )
}

function Policies({ policies }: { policies: readonly PolicyView[] }) {
  return (
    <Section
      title="Policies"
      note="Shares of a fee and windows of time; pinned when a payer pays, so a later one changes nothing that is paid"
    >
      <Table
        caption="Policies"
        rows={policies.toReversed()}
        rowKey={({ policyId }) => policyId}
        columns={[
          { title: 'Policy', cell: ({ policyId }) => `Policy ${policyId}` },
          { title: 'Contributors', isFigure: true, cell: ({ contributorsBps }) => formatBps(contributorsBps) },
          { title: 'Owner', isFigure: true, cell: ({ modelOwnerBps }) => formatBps(modelOwnerBps) },
          { title: 'Stakers', isFigure: true, cell: ({ stakersBps }) => formatBps(stakersBps) },
          { title: 'Prover', isFigure: true, cell: ({ proverBps }) => formatBps(proverBps) },
          { title: 'Treasury', isFigure: true, cell: ({ treasuryBps }) => formatBps(treasuryBps) },
          { title: 'Epoch', isFigure: true, cell: ({ epochLength }) => formatDuration(epochLength) },
          { title: 'To seal', isFigure: true, cell: ({ sealWindow }) => formatDuration(sealWindow) },
          { title: 'To settle', isFigure: true, cell: ({ settleWindow }) => formatDuration(settleWindow) },
          { title: 'Published', cell: ({ publication }) => <Moment at={publication.timestamp} /> },
        ]}
        empty="No policy is published yet."
      />
    </Section>
  )
}
