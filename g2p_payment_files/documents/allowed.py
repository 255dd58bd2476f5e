"""What a template is made of: the closed lists that :mod:`.sandbox` holds it against."""

from . import shown

VOID_TAGS = {"br", "col", "hr", "img", "wbr"}
TAGS = VOID_TAGS | set(
    "t div span p h1 h2 h3 h4 h5 h6 b strong i em u s small sub sup pre code blockquote table thead tbody tfoot tr "
    "th td caption colgroup ul ol li dl dt dd style section header footer article main address figure figcaption "
    "abbr time".split()
)
ATTRIBUTES = set(
    "class id style title lang dir alt src width height colspan rowspan align valign border cellpadding cellspacing "
    "scope span start".split()
)
OUTPUTS = ("t-out", "t-esc")
DIRECTIVES = {
    "t-if", "t-elif", "t-else", "t-foreach", "t-as", "t-set", "t-value", "t-valuef", *OUTPUTS
}  # fmt: skip
#: What QWeb sets for a loop beside its variable: {suffix: kind}
COMPANIONS = {
    "_index": shown.INT, "_size": shown.INT, "_first": shown.BOOL, "_last": shown.BOOL, "_odd": shown.INT,
    "_even": shown.BOOL, "_parity": shown.TEXT,
}  # fmt: skip
