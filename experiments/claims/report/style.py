"""How the HTML report looks: dark on white, one column, readable from 320 pixels on."""

CSS = """\
:root { color: #1a1a1a; background: #fff; font: 100%/1.6 system-ui, -apple-system, "Segoe UI",
  "Noto Sans", "Noto Sans KR", "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic",
  sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: break-word; }
:lang(ko) { word-break: keep-all; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.3; }
h1 { font-size: 1.8rem; }
h2 { font-size: 1.35rem; margin-top: 3rem; padding-top: 1rem; border-top: 2px solid #ccc; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .3rem; }
p { margin: .4rem 0; max-width: 46rem; }
a { color: #00468b; text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid #b35900; outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; }
summary { cursor: pointer; padding: .4rem 0; font-weight: 600; }
nav ol { padding-left: 2.2rem; }
.note { border-left: 4px solid #b35900; padding-left: .8rem; }
.rule { border-left: 4px solid #ccc; padding-left: .8rem; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; min-width: 40%; }
caption { text-align: left; padding: .3rem 0; color: #444; }
th, td { border-bottom: 1px solid #ccc; padding: .35rem .8rem .35rem 0; vertical-align: top; }
th { text-align: left; font-weight: 600; }
tbody th { font-weight: 400; }
.words thead th { white-space: nowrap; }
.numbers td, .numbers thead th + th { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.verdict { border: 2px solid; border-radius: .3rem; padding: 0 .4rem; white-space: nowrap; }
.holds { color: #00563f; }
.part { color: #7a4a00; border-style: dashed; }
.not { color: #8b2500; border-style: dotted; }
.failed { color: #fff; background: #8b0000; border-color: #8b0000; }
figure { margin: .8rem 0; }
img { display: block; max-width: 100%; height: auto; }
figcaption { color: #444; font-size: .95rem; max-width: 46rem; }
pre { overflow-x: auto; background: #f5f5f5; padding: .6rem; margin: .4rem 0; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip, .top { display: none; }
  figure, table, pre { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; }
  pre { white-space: pre-wrap; }
}
"""
