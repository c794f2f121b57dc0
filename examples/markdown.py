"""A page of Markdown as HTML, by the npm package `marked`, with Python in the middle of it.

    npx caduceus examples/markdown.py [file.md]

Headings get anchors and a table of contents, which a Python function makes while JavaScript renders.
"""

import pathlib
import re
import sys
from collections import Counter
from html import escape

from caduceus.npm import marked

page = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent / "README.md")
contents: list[tuple[int, str, str]] = []
anchors: Counter[str] = Counter()


def heading(token):
    """Called by marked for each heading, whose token is plain data, a dict here; the answer goes into the page."""
    depth, text = token["depth"], token["text"]
    name = re.sub(r"[^\w]+", "-", text.lower()).strip("-")
    anchors[name] += 1
    anchor = name if anchors[name] == 1 else f"{name}-{anchors[name]}"
    contents.append((depth, text, anchor))
    return f'<h{depth} id="{anchor}">{escape(text)}</h{depth}>\n'


html = marked.Marked({"renderer": {"heading": heading}}).parse(page.read_text())

print(f"{page.name}: {len(html):,} characters of HTML, {html.count('<pre>')} blocks of code")
for depth, text, anchor in contents:
    print(f"{'  ' * (depth - 1)}{text}  #{anchor}")
