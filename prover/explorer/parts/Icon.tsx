/** Drawn for this page, in a box of 16, with the colour of the text. */
const PATHS = {
  overview: 'M2 13V8m4 5V4m4 9V6m4 7V2',
  traces: 'M2 4h8M2 8h12M2 12h5',
  batches: 'M8 1.8 14 5 8 8.2 2 5ZM2 8l6 3.2L14 8M2 11l6 3.2L14 11',
  models: 'M8 2.5v3m0 5v3M5.5 8h-3m11 0h-3M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z',
  contributors:
    'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm-4.5 6c0-2.5 2-4 4.500-4s4.500 1.500 4.500 4M10.500 3a2.500 2.500 0 0 1 0 4.500m1.500 2.300c1.600.600 2.500 1.900 2.500 3.700',
  attribution: 'M2 3.500c6 0 6 4.500 12 4.500M2 8h12M2 12.500c6 0 6-4.500 12-4.500',
  epochs: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 2.800V8l2.200 1.600',
  provers: 'M8 1.800 13 4v4c0 3-2.200 5-5 6.200C5.200 13 3 11 3 8V4ZM5.800 8l1.600 1.600L10.400 6.600',
  contracts: 'M4 2h5.500L12 4.500V14H4ZM6.200 7h3.600M6.200 10h3.600',
  health: 'M1.500 8.500h3L6.500 4l3 8 2-3.500h3',
  copy: 'M5.500 5.500V2.500h8v8h-3M2.500 5.500h8v8h-8Z',
  done: 'M3 8.500 6.500 12 13 4.500',
  wrong: 'M4 4l8 8m0-8-8 8',
  menu: 'M2 4.500h12M2 8h12M2 11.500h12',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9Zm3.400 7.900 3.300 3.300',
  light:
    'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6Zm0-3.500v1m0 11v1M1.500 8h1m11 0h1M3.400 3.400l.7.7m7.800 7.800.7.7m0-9.200-.7.7M4.100 11.900l-.7.7',
  dark: 'M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7Z',
  system: 'M2 3h12v8H2ZM6 14h4M8 11v3',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
