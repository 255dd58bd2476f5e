"""The page around what a template shows: the same for a screen and for both makers of PDF."""

from html import escape

from lxml import etree, html

from . import shown

PAGE_FORMATS = {  # millimetres
    "A3": (297, 420),
    "A4": (210, 297),
    "A5": (148, 210),
    "A6": (105, 148),
    "Letter": (216, 279),
    "Legal": (216, 356),
}
#: Nothing is fetched and nothing runs, whoever opens the file.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
BASE_STYLE = """
html, body, div, p, span, td, th, li, h1, h2, h3, h4, h5, h6 { font-family: sans-serif; }
pre, code { font-family: monospace; }
body { margin: 0; font-size: 10pt; line-height: 1.3; color: #000; }
table { border-collapse: collapse; }
"""
#: Between two payments of a template that is about one.
PAGE_BREAK = "page-break-before: always"


def get_size(layout):
    """Return (width, height) of the page in millimetres, as it lies.

    :param Layout layout: page format and orientation
    """
    size = PAGE_FORMATS.get(layout.page_format, PAGE_FORMATS["A4"])
    return size[::-1] if layout.landscape else size


def open_page(layout, title="", more_style=""):
    """Return the beginning of the HTML document, up to what templates show.

    :param str title: what a browser's tab says
    :param str more_style: further CSS of the maker
    """
    width, height = get_size(layout)
    margins = " ".join(f"{margin}mm" for margin in layout.margins)
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"/>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"/><title>{escape(title)}</title>'
        f"<style>{more_style}@page {{ size: {width}mm {height}mm; margin: {margins}; }}{BASE_STYLE}</style>"
        "</head><body>\n"
    )


CLOSE_PAGE = "\n</body></html>\n"


def prepare_tree(template):
    """Return a read template as QWeb can take it: an own copy, with its texts escaped.

    QWeb gives texts out as they stand; ``&lt;script&gt;`` in a template would become an element.

    :param Template template: read without problems
    """
    root = etree.fromstring(etree.tostring(template.tree))
    for element in root.iter():
        if element.tag != "style" and element.text:
            element.text = escape(element.text, quote=False)
        if element.tail:
            element.tail = escape(element.tail, quote=False)
    if template.subject == shown.BATCH:
        return root
    # One after the other, each on a page of its own, and none with what the one before has set.
    whole = etree.Element("t")
    root.set("t-foreach", "payments")
    root.set("t-as", "object")
    for name in sorted(template.variables):
        root.insert(0, etree.Element("t", {"t-set": name, "t-value": "None"}))
    page_break = etree.Element("div", {"t-if": "object_index", "style": PAGE_BREAK})
    root.insert(0, page_break)
    whole.append(root)
    return whole


def get_text(markup):
    """Return the texts of rendered markup, without styles.

    :param str markup: HTML
    """
    tree = html.fragment_fromstring(markup, create_parent="div")
    etree.strip_elements(tree, "style", with_tail=False)
    return tree.text_content()
