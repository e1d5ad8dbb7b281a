/**
 * The page's style sheet. Colours of text keep a contrast of 4.5 and more in both schemes, those of bars 3 and more; on paper it is the light one.
 */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f7f8fa; --sheet: #ffffff; --ink: #16202c; --muted: #55606e; --line: #dfe3e9; --accent: #1f5fd1;
  --data-1: #2f6fdd; --data-2: #8492a6; --data-3: #2f8f83;
  --good: #17703f; --bad: #b3261e; --warn: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151c; --sheet: #18202a; --ink: #e6ebf2; --muted: #9aa6b5; --line: #2c3745; --accent: #7fb0ff;
    --data-1: #5f9bf5; --data-2: #6b7c92; --data-3: #4bb3a5;
    --good: #5fd08f; --bad: #ff8a80; --warn: #f0bd5b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums;
}
header, section { background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin: 0 0 1rem; }
header { border-top: .35rem solid var(--good); }
header.wrong { border-top-color: var(--bad); }
.kind { margin: 0; color: var(--muted); font-size: .875rem; }
h1 { margin: .25rem 0 .5rem; font-size: 1.75rem; line-height: 1.2; color: var(--good); }
.wrong h1 { color: var(--bad); }
h2 { margin: 0 0 .75rem; font-size: 1.25rem; }
h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
h4 { margin: 0 0 .25rem; font-size: 1rem; }
p { margin: 0 0 .5rem; }
.lead { max-width: 48rem; }
.note, .none { color: var(--muted); font-size: .9375rem; }
dl { margin: 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(21.5rem, 100%), 1fr)); gap: .5rem 1.5rem; margin-top: 1rem; }
.facts .wide { grid-column: 1 / -1; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin-bottom: 1rem; }
dt { color: var(--muted); font-size: .8125rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.counts dd { font-size: 1.25rem; }
.hash, code { font-family: ui-monospace, SFMono-Regular, Consolas, monospace; font-size: .8125rem; overflow-wrap: anywhere; }
.finding { border-left: .25rem solid var(--muted); padding: .25rem 0 .25rem .75rem; margin: .75rem 0; break-inside: avoid; }
.finding.fault { border-color: var(--bad); }
.finding.gap, .finding.anomaly { border-color: var(--warn); }
.finding dl { font-size: .9375rem; }
.finding dl div { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); }
.value { overflow-wrap: anywhere; white-space: pre-wrap; }
.scroll, .plot { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { text-align: left; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
th { color: var(--muted); font-weight: 600; white-space: normal; vertical-align: bottom; }
.number { text-align: right; }
td.hash { font-size: .75rem; white-space: normal; min-width: 10rem; }
figure { margin: 0 0 1.5rem; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; color: var(--muted); font-size: .875rem; }
.legend li::before { content: ""; display: inline-block; width: .75rem; height: .75rem; margin-right: .4rem; border-radius: .2rem; background: var(--data-1); }
.legend .data-2::before { background: var(--data-2); }
.legend .data-3::before { background: var(--data-3); }
.plot svg { display: block; min-width: 34rem; width: 100%; height: auto; }
summary { cursor: pointer; color: var(--accent); font-size: .9375rem; }
ul { margin: 0; padding-left: 1.25rem; }
@media (max-width: 40rem) {
  body { padding: .5rem .5rem 2rem; }
  header, section { padding: 1rem .875rem; }
  h1 { font-size: 1.375rem; }
}
@media print {
  :root {
    --page: #ffffff; --sheet: #ffffff; --ink: #000000; --muted: #444444; --line: #bbbbbb;
    --data-1: #2f6fdd; --data-2: #8492a6; --data-3: #2f8f83; --good: #17703f; --bad: #b3261e; --warn: #8a5a00;
  }
  body { max-width: none; padding: 0; font-size: .8125rem; }
  header, section { border: 0; padding: 0 0 1rem; }
  .scroll, .plot { overflow: visible; }
  .legend li::before { print-color-adjust: exact; }
  th, td { white-space: normal; overflow-wrap: anywhere; }
}
`
