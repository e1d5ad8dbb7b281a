import { useEffect, useState } from 'preact/hooks'
import { type ReadinessView, readinessView } from '../../../src/api/views.ts'
import { PoaError } from '../../../src/errors.ts'
import { revision } from '../node/live.ts'
import { nodeUrl } from '../node/nodeUrl.ts'
import type { Answer } from '../node/useNode.ts'
import { Badge, Check } from '../parts/Badge.tsx'
import { Loaded, Page, Section } from '../parts/Page.tsx'
import { Table } from '../parts/Table.tsx'

const ASKED_EVERY_MS = 10_000

export function HealthPage() {
  const answer = useReadiness()
  return (
    <Page title="Health" lead="Whether this node can do its work, check by check.">
      <Loaded answer={answer}>
        {({ isReady, checks }) => (
          <Section
            title="Readiness"
            note={<Badge state={isReady ? 'done' : 'failed'} label={isReady ? 'ready' : 'not ready'} />}
          >
            <Table
              caption="Checks"
              rows={checks}
              rowKey={({ name }) => name}
              columns={[
                { title: 'Check', cell: ({ name }) => name },
                { title: 'Result', cell: ({ ok }) => <Check ok={ok} yes="passes" no="fails" /> },
                { title: 'What it says', cell: ({ detail }) => detail },
              ]}
              empty="The node has no checks."
            />
          </Section>
        )}
      </Loaded>
    </Page>
  )
}

/** A node that is not ready says so with status 503 and the same report. */
function useReadiness(): Answer<ReadinessView> {
  const [answer, setAnswer] = useState<Answer<ReadinessView>>({ data: undefined, error: undefined })
  const asked = revision.value
  useEffect(() => {
    const ask = async () => {
      try {
        const response = await fetch(new URL('readyz', nodeUrl.replace(/\/?$/, '/')))
        setAnswer({ data: readinessView.parse(await response.json()), error: undefined })
      } catch (cause) {
        setAnswer({
          data: undefined,
          error: new PoaError('NODE_UNREACHABLE', `no prover node answers at ${new URL(nodeUrl).host}`, { cause }),
        })
      }
    }
    ask()
    const timer = setInterval(ask, ASKED_EVERY_MS)
    return () => clearInterval(timer)
  }, [asked])
  return answer
}
