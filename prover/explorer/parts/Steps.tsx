import type { ComponentChildren } from 'preact'
import { Icon } from './Icon.tsx'

export type Step = { readonly name: string; readonly isDone: boolean; readonly detail: ComponentChildren }

/** The stages of something's life, and how far it has come. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <ol class="steps">
      {steps.map(({ name, isDone, detail }) => (
        <li key={name} class={isDone ? 'done' : ''}>
          <span class="dot">{isDone && <Icon name="done" />}</span>
          <span class="name">
            {name}
            <span class="visually-hidden">{isDone ? ', done' : ', not yet'}</span>
          </span>
          <span class="detail">{detail}</span>
        </li>
      ))}
    </ol>
  )
}
