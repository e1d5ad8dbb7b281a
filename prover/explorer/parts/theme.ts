import { effect, signal } from '@preact/signals'

export type ThemeChoice = 'system' | 'light' | 'dark'
const CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark']
const STORED = 'poa-theme'

const systemIsDark = matchMedia('(prefers-color-scheme: dark)')
const systemTheme = signal<'light' | 'dark'>(systemIsDark.matches ? 'dark' : 'light')
systemIsDark.addEventListener('change', ({ matches }) => {
  systemTheme.value = matches ? 'dark' : 'light'
})

export const themeChoice = signal<ThemeChoice>(readChoice())
/** Charts draw on a canvas, so they have to be told. */
export const theme = signal<'light' | 'dark'>('light')

effect(() => {
  theme.value = themeChoice.value === 'system' ? systemTheme.value : themeChoice.value
  document.documentElement.dataset.theme = theme.value
})

/** System, light, dark, and so on. */
export function chooseNextTheme(): void {
  themeChoice.value = CHOICES[(CHOICES.indexOf(themeChoice.value) + 1) % CHOICES.length]!
  try {
    localStorage.setItem(STORED, themeChoice.value)
  } catch {
    // A browser that stores nothing forgets the choice.
  }
}

function readChoice(): ThemeChoice {
  try {
    return CHOICES.find((choice) => choice === localStorage.getItem(STORED)) ?? 'system'
  } catch {
    return 'system'
  }
}
