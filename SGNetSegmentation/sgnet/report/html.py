"""The frame that every page shares: style, notice, embedded pictures. A page loads nothing from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from sgnet import RESEARCH_USE_ONLY

_STYLE = """
:root { --ink: #1c2126; --faint: #66717c; --line: #dfe4e8; --accent: #b3261e; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: var(--ink); margin: 0 auto;
       max-width: 1080px; padding: 32px 28px 48px; background: #fff; }
h1 { font-size: 26px; margin: 0 0 2px; } h2 { font-size: 18px; margin: 34px 0 10px; }
.faint { color: var(--faint); } .notice { border-left: 4px solid var(--accent); background: #fdf1f0;
       padding: 10px 14px; margin: 18px 0; }
.totals { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 18px 0; }
.totals div { border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.totals b { display: block; font-size: 24px; line-height: 1.25; }
.totals span { color: var(--faint); font-size: 13px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13.5px; }
th, td { text-align: right; padding: 5px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--faint); font-weight: 600; vertical-align: bottom; border-bottom: 2px solid var(--line);
     white-space: normal; }
th:first-child, td:first-child, .words td, .words th { text-align: left; }
.words td { white-space: normal; overflow-wrap: anywhere; } .words th { width: 30%; border-bottom-width: 1px; }
figure { margin: 0 0 20px; break-inside: avoid; }
figure img, .overview { display: block; width: 100%; border-radius: 6px; background: #000; }
.plot { display: block; max-width: 100%; height: auto; margin: 6px 0 12px; }
.plots { display: flex; flex-wrap: wrap; gap: 0 24px; }
figcaption { margin: 0 0 5px; } figcaption b { font-size: 16px; margin-right: 8px; }
.uid { font-size: 11.5px; color: var(--faint); overflow-wrap: anywhere; }
@media (max-width: 700px) { .totals { grid-template-columns: repeat(2, 1fr); } }
@media print { @page { size: A4; margin: 14mm; } body { padding: 0; max-width: none; font-size: 10.5pt; }
  table { font-size: 8pt; } th, td { padding: 2.5pt 3.5pt; } .scroll { overflow: visible; }
  h2 { break-after: avoid; } tr { break-inside: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""


def html_page(title: str, parts: Sequence[str]) -> str:
    """A whole document of HTML ``parts``."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n"
    ) + "\n".join([*parts, "</body></html>\n"])


def page_head(title: str, subtitle: str) -> str:
    """The heading, a line below it, and the notice that this is for research."""
    return (
        f'<h1>{escape(title)}</h1><div class="faint">{escape(subtitle)}</div>'
        f'<div class="notice">{escape(RESEARCH_USE_ONLY)}</div>'
    )


def png_data(png: bytes) -> str:
    """A PNG as the address of an ``img``."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def svg_plot(svg: str, words: str) -> str:
    """An SVG as an ``img``, in which its ids meet those of no other; ``words`` say what it shows."""
    data = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return f'<img class="plot" alt="{escape(words)}" src="data:image/svg+xml;base64,{data}">'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of plain text; the first column stands left, the others right."""
    title = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{title}</tr></thead><tbody>{lines}</tbody></table></div>'
