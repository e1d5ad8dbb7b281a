import { useState } from 'preact/hooks'
import type { BatchView } from '../../../src/api/views.ts'
import type { PoaError } from '../../../src/errors.ts'
import { nodeUrl } from '../node/nodeUrl.ts'
import { Icon } from '../parts/Icon.tsx'
import { Section } from '../parts/Page.tsx'
import { links } from '../routing/links.ts'
import type { Alteration, Verification } from '../verification/verifyInBrowser.ts'
import { formatDuration, shortHex } from '../words/formatFigures.ts'

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly alteration: Alteration }
  | { readonly kind: 'done'; readonly alteration: Alteration; readonly verification: Verification }
  | { readonly kind: 'failed'; readonly error: PoaError }

/** Verification on this machine. The code for it is loaded when it is wanted. */
export function BatchVerification({ batch }: { batch: BatchView }) {
  const [state, setState] = useState<State>({ kind: 'idle' })
  const run = async (alteration: Alteration) => {
    setState({ kind: 'running', alteration })
    try {
      const { verifyInBrowser } = await import('../verification/verifyInBrowser.ts')
      setState({ kind: 'done', alteration, verification: await verifyInBrowser(nodeUrl, batch, alteration) })
    } catch (error) {
      setState({ kind: 'failed', error: error as PoaError })
    }
  }
  return (
    <Section
      title="Verify it yourself"
      note="The proof is checked on this machine, by snarkjs and by this project's own verifier, which share no code, and its claim is compared with this page. The key comes from the node."
    >
      {batch.proof === null && batch.settlement === null ? (
        <p class="empty">There is no proof of this batch yet.</p>
      ) : (
        <>
          <div class="actions">
            <button type="button" class="primary" onClick={() => run('none')} disabled={state.kind === 'running'}>
              Verify in this browser
            </button>
            <button type="button" onClick={() => run('earning')} disabled={state.kind === 'running'}>
              Try with an altered earning
            </button>
          </div>
          <div aria-live="polite">
            <Outcome state={state} />
          </div>
        </>
      )}
    </Section>
  )
}

function Outcome({ state }: { state: State }) {
  if (state.kind === 'idle') return null
  if (state.kind === 'running') return <p class="note">Verifying…</p>
  if (state.kind === 'failed')
    return (
      <div class="notice bad">
        {state.error.message} <code>{state.error.code}</code>
      </div>
    )
  const { verification, alteration } = state
  return (
    <div class={`verdict ${verification.isValid ? 'good' : 'bad'}`}>
      <p class="word">
        <Icon name={verification.isValid ? 'done' : 'wrong'} />
        <strong>{verification.isValid ? 'Valid' : 'Not valid'}</strong>
        <span>
          {alteration === 'earning' ? 'with one wei more for the first slot' : 'as it stands'}, checked in{' '}
          {formatDuration(verification.seconds)}
        </span>
      </p>
      <ul>
        {verification.steps.map(({ title, ok, detail }) => (
          <li key={title} class={ok ? 'good' : 'bad'}>
            <Icon name={ok ? 'done' : 'wrong'} />
            <span>
              <strong>{title}</strong>: {detail}
              <span class="visually-hidden">{ok ? ' (passed)' : ' (failed)'}</span>
            </span>
          </li>
        ))}
      </ul>
      {verification.isValid && (
        <p class="note">
          Valid under key <code title={verification.keyHash}>{shortHex(verification.keyHash)}</code>: compare it with
          the chain's, or run <code>poa audit run</code>.
        </p>
      )}
      {verification.isDevKey && (
        <p class="note">
          The key is a DEV key: anyone can forge proofs under it, and it is refused on every chain that is not local.{' '}
          <a href={links.contracts}>Keys and contracts</a>
        </p>
      )}
    </div>
  )
}
