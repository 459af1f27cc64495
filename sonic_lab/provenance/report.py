"""An audit as a table of HTML: in a notebook, or as a page of its own."""

from __future__ import annotations

import html
from collections.abc import Iterable

from .findings import Audit, Finding

_MOST = 200  # rows in a notebook: more would make it heavy; the page has them all

# The page's own text colour and tints that let its background through: right on light and dark.
# The class stands three times, since JupyterLab's rules for tables name two.
_STYLE = """
.sl-audit {border-collapse: collapse; width: 100%; max-width: 72em; color: inherit}
.sl-audit.sl-audit.sl-audit {table-layout: auto; margin: 0}
.sl-audit caption {caption-side: top; text-align: left; font-weight: bold; padding: .4em 0}
.sl-audit.sl-audit.sl-audit :is(th, td) {text-align: left; vertical-align: top; padding: .35em .6em;
  white-space: normal; overflow-wrap: anywhere; border-bottom: 1px solid rgba(128,128,128,.35)}
.sl-audit.sl-audit.sl-audit tbody tr {background: transparent}
.sl-audit.sl-audit.sl-audit tbody th {font-weight: normal; min-width: 10em}
.sl-audit .sl-severity {display: inline-block; min-width: 4.6em; padding: .1em .5em;
  border-left: .35em solid; border-radius: .2em; font-weight: bold}
.sl-audit .sl-error {border-color: #d23c3c; background: rgba(210,60,60,.2)}
.sl-audit .sl-warning {border-color: #d08700; background: rgba(208,135,0,.2)}
.sl-audit .sl-note {border-color: #4a7fb5; background: rgba(74,127,181,.18)}
.sl-audit .sl-cure {display: block; margin-top: .25em; font-weight: bold}
"""


def panel(audit: Audit, *, most: int = _MOST) -> str:
    """Return the table and the list of what was not judged."""
    rows = "".join(map(_row, audit.findings[:most]))
    left = len(audit) - most
    more = f"<p>{left} more findings are not shown here.</p>" if left > 0 else ""
    head = "".join(
        f"<th scope='col'>{t}</th>" for t in ("How grave", "Clip", "What, and what to do")
    )
    return (
        f"<style>{_STYLE}</style><table class='sl-audit'>"
        f"<caption>{html.escape(audit.summary)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"
        f"<p>This audit cannot judge:</p><ul>{_items(audit.unjudged)}</ul>"
    )


def page(audit: Audit) -> str:
    """Return a page that loads nothing from elsewhere."""
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        "<meta name='color-scheme' content='light dark'><title>Audit</title>"
        "<style>body {font-family: system-ui, sans-serif; margin: 2em auto; max-width: 74em;"
        " padding: 0 1em}</style></head><body><h1>Audit</h1>"
        f"{panel(audit, most=len(audit))}</body></html>\n"
    )


def _row(finding: Finding) -> str:
    severity = finding.severity.value
    return (
        f"<tr><td><span class='sl-severity sl-{severity}'>{severity}</span></td>"
        f"<th scope='row'>{html.escape(finding.clip)}</th>"
        f"<td>{html.escape(finding.reason)}"
        f"<span class='sl-cure'>{html.escape(finding.cure)}</span>"
        f"{_source(finding.source)}</td></tr>"
    )


def _source(source: str) -> str:
    return f"<small>{html.escape(source)}</small>" if source else ""


def _items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{html.escape(text)}</li>" for text in texts)
