/** The project's mark: shares that flow together into a proof; the same as mark.svg, in the colour of the page. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <g>
        <path d="M7 9c8 0 8 7 16 7" />
        <path d="M7 16h16" />
        <path d="M7 23c8 0 8-7 16-7" />
      </g>
      <circle cx="24" cy="16" r="3.2" />
    </svg>
  )
}
