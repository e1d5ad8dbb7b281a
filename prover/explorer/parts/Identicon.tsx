const CELLS = 5
const HUES = 360

/** A small mirrored pattern of an address, so that accounts are told apart at a glance. It proves nothing: addresses can be made to look alike. */
export function Identicon({ account }: { account: string }) {
  const digits = account.toLowerCase().slice(2)
  const hue = Number.parseInt(digits.slice(0, 4), 16) % HUES
  const cells: [x: number, y: number][] = []
  for (let y = 0; y < CELLS; y++) {
    for (let x = 0; x < Math.ceil(CELLS / 2); x++) {
      if (Number.parseInt(digits[4 + y * 3 + x]!, 16) % 2 === 1) continue
      cells.push([x, y])
      if (x < Math.floor(CELLS / 2)) cells.push([CELLS - 1 - x, y])
    }
  }
  return (
    <svg class="identicon" viewBox="-0.5 -0.5 6 6" aria-hidden="true" focusable="false">
      <rect x="-0.5" y="-0.5" width="6" height="6" rx="1.4" fill={`hsl(${hue} 45% 50% / 0.16)`} />
      {cells.map(([x, y]) => (
        <rect key={`${x}/${y}`} x={x} y={y} width="1" height="1" fill={`hsl(${hue} 48% 46%)`} />
      ))}
    </svg>
  )
}
