import { Page } from '../parts/Page.tsx'
import { links } from '../routing/links.ts'

export function UnknownPage() {
  return (
    <Page title="There is no such page" lead="The address may be mistyped.">
      <p>
        <a href={links.overview}>To the overview</a>
      </p>
    </Page>
  )
}
