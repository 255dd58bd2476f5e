"""QWeb templates as static data: what is not on the lists below is refused with its line, before it is ever used.

Odoo's engine runs what a template says, so a template that program managers may write is first read here: a closed
list of elements, attributes and directives, expressions as :mod:`.expressions` allows them, and a size and number of
rounds that cannot run away. Names that the engine itself would offer (``env``, ``request`` …) are not known here.
"""

import builtins
import keyword
import re
from dataclasses import dataclass, field

from lxml import etree

from . import pictures, shown, styles
from .allowed import ATTRIBUTES, COMPANIONS, DIRECTIVES, OUTPUTS, TAGS, VOID_TAGS
from .expressions import ANY, FUNCTIONS, GROUPS, SCALARS, Expression, ExpressionError

MAX_SOURCE, MAX_ELEMENTS, MAX_DEPTH, MAX_ROUNDS = 400_000, 2000, 30, 1000
#: Characters of a text with placeholders.
MAX_FORMAT = 4000
#: Characters that one template may come to for one payment, roughly.
MAX_WEIGHT = 2_000_000
WEIGHT_OF_TEXT, WEIGHT_OF_CODE = 200, 20_000
#: Columns or rows that one cell may reach over: makers of pages hold each of them in memory.
SPANS = ("colspan", "rowspan", "span")
SPAN = re.compile(r"[1-9][0-9]?", re.ASCII)

NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
#: As QWeb finds them (odoo.tools.translate.FORMAT_REGEX; a test compares).
PLACEHOLDER = re.compile(r"(?:#\{(.+?)\})|(?:\{\{(.+?)\}\})")
CODE_IMAGE = re.compile(r"data:image/(?:png|svg\+xml);base64,")
ROOTS = {
    shown.PAYMENT: {"object": shown.PAYMENT, "file": shown.FILE},
    shown.BATCH: {"object": shown.BATCH, "payments": shown.PAYMENTS, "file": shown.FILE},
}
RESERVED = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, *FUNCTIONS, "object", "payments", "file", "self",
            "true", "false"}  # fmt: skip


@dataclass(frozen=True, order=True)
class TemplateProblem:
    """One thing that is wrong with a template."""

    line: int
    message: str


@dataclass(frozen=True)
class Template:
    """A template that was read.

    :param str subject: ``payment`` when it is printed once for each payment, else ``batch``
    :param list problems: empty when it may be used
    :param tree: lxml root, a ``t``; None when it cannot be read
    :param frozenset variables: names that it sets
    """

    subject: str
    problems: list
    tree: object = None
    variables: frozenset = field(default_factory=frozenset)


def check_template(source, code_names=None):
    """Return what is wrong with a template.

    :param str source: QWeb
    :param code_names: names of the codes there are; None when that is not to be checked
    :return: list of :class:`TemplateProblem`, in order of their lines; empty when the template may be used
    """
    return read_template(source, code_names).problems


def read_template(source, code_names=None, subject=None):
    """Read a template, and find out whether it is about a payment or about a batch.

    :param str source: QWeb
    :param code_names: names of the codes there are
    :param str subject: what it has to be about; found out if not given
    :return: :class:`Template`
    """
    try:
        tree = _parse(source or "")
    except _Unreadable as error:
        return Template(subject or shown.PAYMENT, error.problems)
    if not subject:
        subject = _find_subject(tree)
    checker = _Checker(ROOTS[subject], code_names)
    checker.check(tree)
    problems = sorted(set(checker.problems))
    return Template(subject, problems, tree, frozenset(checker.variables))


def _find_subject(tree):
    """Return ``batch`` when the template goes over payments, or asks its object for what only a batch has."""
    text = " ".join(
        value
        for element in tree.iter(etree.Element)
        for name, value in element.attrib.items()
        if name[:2] == "t-"
    )
    if re.search(r"\bpayments\b|\bpayment_ids\b", text):
        return shown.BATCH
    asked = set(re.findall(r"\bobject\.(\w+)", text))
    only_batch = set(shown.SCHEMA[shown.BATCH]) - set(shown.SCHEMA[shown.PAYMENT])
    return shown.BATCH if asked & only_batch else shown.PAYMENT


class _Unreadable(Exception):
    def __init__(self, problems):
        self.problems = problems
        super().__init__()


def _parse(source):
    if len(source) > MAX_SOURCE:
        raise _Unreadable([TemplateProblem(1, f"The template is longer than {MAX_SOURCE:,} characters.")])
    if not source.strip():
        raise _Unreadable([TemplateProblem(1, "The template is empty: write what the document shows.")])
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        # The wrapper shares the first and last line, so that lines stay what they are.
        return etree.fromstring(f"<t>{source}</t>", parser)
    except etree.XMLSyntaxError as error:
        hint = " Write &#160; and the like as numbers." if "Entity" in str(error) else ""
        line = (error.position or (1,))[0] or 1
        raise _Unreadable([TemplateProblem(line, f"This is no XML: {error.msg}.{hint}")]) from None
    except ValueError:
        message = "The template holds characters that XML does not allow, or an encoding declaration."
        raise _Unreadable([TemplateProblem(1, message)]) from None


class _Checker:
    """Walks once over the tree, and collects all problems."""

    def __init__(self, names, code_names):
        self.names = dict(names)
        self.code_names = code_names
        self.problems = []
        self.variables = set()
        self.owners = {}
        self.elements = 0
        self.weight = 0
        self.too_heavy = False
        # Over what payments loops may go here: all of them, those of the loop's group, none inside of one payment.
        self.loopable = None
        self.rounds = 1

    def check(self, root):
        self._walk(root, 0)
        if self.elements > MAX_ELEMENTS:
            self._add(root, f"The template has more than {MAX_ELEMENTS:,} elements.")
        if self.weight > MAX_WEIGHT:
            self._add(
                root, "The template would make too large a document: let its ranges go round less often."
            )

    def _add(self, element, message):
        self.problems.append(TemplateProblem(element.sourceline or 1, message))

    # ---- The tree -----------------------------------------------------------------------------------------------
    def _walk(self, element, depth):
        if not self._check_tag(element, depth):
            return
        self.elements += 1
        self.weight += self.rounds * (len(element.text or "") + len(element.tail or "") + 40)
        if element.tag == "style":
            self._check_style_element(element)
            return
        outside = (self.rounds, self.loopable)
        self._check_directives(element)
        for name, value in element.attrib.items():
            self._check_attribute(element, name, value)
        self._check_weight(element)
        for child in element:
            self._walk(child, depth + 1)
        self.rounds, self.loopable = outside

    def _check_weight(self, element):
        if self.weight > MAX_WEIGHT and not self.too_heavy:
            self.too_heavy = True
            self._add(
                element, "The template would make too large a document: let its ranges go round less often."
            )

    def _check_tag(self, element, depth):
        if not isinstance(element.tag, str):
            self._add(element, "Only elements, texts and comments can be used; no entities or <? … ?>.")
            return False
        if element.nsmap:
            self._add(element, "Namespaces (xmlns) cannot be used.")
            return False
        if depth > MAX_DEPTH:
            self._add(element, f"Elements are nested more than {MAX_DEPTH} deep.")
            return False
        if element.tag in ("html", "head", "body"):
            self._add(element, f"Leave out <{element.tag}>: the page around the template is made by itself.")
            return False
        if element.tag not in TAGS:
            self._add(element, f"The element <{element.tag}> cannot be used.")
            return False
        if element.tag in VOID_TAGS and (len(element) or (element.text or "").strip()):
            self._add(element, f"<{element.tag}> holds nothing: write <{element.tag}/>.")
        return True

    def _check_style_element(self, element):
        if element.attrib or len(element):
            self._add(element, "<style> holds plain text only, without attributes, directives or elements.")
        for line, message in styles.check_sheet(element.text or ""):
            self.problems.append(TemplateProblem((element.sourceline or 1) + line, message))

    # ---- Directives ---------------------------------------------------------------------------------------------
    def _check_directives(self, element):
        self._check_combination(element)
        if "t-foreach" in element.attrib:
            self._check_loop(element)
        for name in ("t-if", "t-elif"):
            if name in element.attrib:
                self._expression(element, element.get(name), SCALARS | {ANY, shown.CODE, shown.PAYMENTS})
        if "t-elif" in element.attrib or "t-else" in element.attrib:
            self._check_else(element)
        if "t-set" in element.attrib:
            self._check_set(element)
        for name in OUTPUTS:
            if name in element.attrib:
                self.weight += self.rounds * WEIGHT_OF_TEXT
                self._expression(element, element.get(name), SCALARS | {shown.BASE64})

    def _check_combination(self, element):
        has = DIRECTIVES.intersection(element.attrib)
        if len(has & set(OUTPUTS)) > 1:
            self._add(element, "Write either t-out or t-esc.")
        if len(has & {"t-if", "t-elif", "t-else"}) > 1:
            self._add(element, "Write one of t-if, t-elif and t-else.")
        for name, partner in (("t-as", "t-foreach"), ("t-value", "t-set"), ("t-valuef", "t-set")):
            if name in has and partner not in has:
                self._add(element, f"{name} stands together with {partner}.")
        if has & set(OUTPUTS) and (element.tag in VOID_TAGS or len(element)):
            self._add(element, "An element with t-out holds no other elements.")
        if "t-set" in has and (
            element.tag != "t" or set(element.attrib) - {"t-set", "t-value", "t-valuef", "t-if"}
        ):
            self._add(element, "Write t-set on a <t> of its own, with t-value or t-valuef.")

    def _check_loop(self, element):
        name = element.get("t-as") or ""
        expression = self._expression(element, element.get("t-foreach"), None)
        if expression is None:
            return
        try:
            rounds = expression.get_range()
        except ExpressionError as error:
            self._add(element, str(error))
            return
        if rounds is None:
            kind = {shown.PAYMENTS: shown.PAYMENT, GROUPS: shown.PAYMENTS}.get(expression.kind)
            self._check_payments_loop(element, expression, kind, name)
        else:
            kind = shown.INT
            self.rounds *= rounds
            if self.rounds > MAX_ROUNDS:
                self._add(element, f"Loops inside of each other go round more than {MAX_ROUNDS:,} times.")
        if kind and self._define(element, name, kind, "loop"):
            for suffix, companion in COMPANIONS.items():
                self._define(element, name + suffix, companion, f"loop over {name}")

    def _check_payments_loop(self, element, expression, kind, name):
        """Each payment is come by once for each loop, whatever stands inside of what."""
        if not kind:
            self._add(
                element, "t-foreach goes over payments, object.payment_ids, in_groups(…) or a range(…)."
            )
        elif self.loopable is not None and not expression.used <= {self.loopable}:
            self._add(
                element,
                "Inside of a loop over payments, only the payments of its own group can be gone over.",
            )
        self.loopable = name if kind == shown.PAYMENTS else ""

    def _check_else(self, element):
        before = element.getprevious()
        if (
            before is None
            or not {"t-if", "t-elif"}.intersection(before.attrib)
            or (before.tail or "").strip()
        ):
            self._add(element, "t-elif and t-else follow directly after an element with t-if or t-elif.")
        if "t-foreach" in element.attrib:
            self._add(element, "t-foreach cannot stand together with t-elif or t-else.")

    def _check_set(self, element):
        if len(element) or (element.text or "").strip():
            self._add(element, "t-set takes its value from t-value or t-valuef, not from what it holds.")
        if ("t-value" in element.attrib) == ("t-valuef" in element.attrib):
            self._add(element, "t-set needs t-value or t-valuef.")
            return
        kind = shown.TEXT
        if "t-value" in element.attrib:
            expression = self._expression(element, element.get("t-value"), SCALARS)
            if expression is None:
                return
            kind = expression.kind
        else:
            # A text made of itself doubles with each round.
            for expression in self._placeholders(element, element.get("t-valuef"), SCALARS):
                if expression.used & self.variables:
                    self._add(element, "t-valuef cannot hold what another t-set has set.")
        if self._define(element, element.get("t-set"), kind, "t-set"):
            self.variables.add(element.get("t-set"))

    def _define(self, element, name, kind, owner):
        """Note that a name has a kind from here on; it keeps both, because QWeb's values outlive their loop."""
        before = self.names.get(name, kind)
        if not NAME.fullmatch(name) or name in RESERVED:
            self._add(
                element, f"“{name[:40]}” cannot be a name: take lower case letters, digits and single “_”."
            )
        elif self.owners.setdefault(name, owner) != owner:
            self._add(element, f"“{name}” is set by a {self.owners[name]} already: take another name.")
        elif shown.NONE not in (before, kind) and before != kind:
            self._add(element, f"“{name}” was a {before} before and would be a {kind}: take another name.")
        else:
            self.names[name] = before if kind == shown.NONE else kind
            return True
        return False

    # ---- Attributes ---------------------------------------------------------------------------------------------
    def _check_attribute(self, element, name, value):
        if name in DIRECTIVES:
            return
        if name in ATTRIBUTES:
            self.weight += self.rounds * len(value)
            self._check_static(element, name, value)
        elif name.startswith("t-att-") and name[6:] in ATTRIBUTES:
            self._check_dynamic(element, name[6:], value)
        elif name.startswith("t-attf-") and name[7:] in ATTRIBUTES:
            self._check_format(element, name[7:], value)
        elif name == "t-att":
            self._add(element, "t-att cannot be used: write t-att-<name> for each attribute.")
        else:
            self._add(element, f"The attribute “{name[:40]}” cannot be used on <{element.tag}>.")

    def _check_static(self, element, name, value):
        if name == "style":
            for message in styles.check_declarations(value):
                self._add(element, message)
        elif name in SPANS and not SPAN.fullmatch(value.strip()):
            self._add(element, f"{name} is a number that stands there, 1 to 99.")
        elif name == "src":
            problem = pictures.find_problem(value) if element.tag == "img" else pictures.ONLY_INSIDE
            if problem:
                self._add(element, problem)

    def _check_dynamic(self, element, name, value):
        if name == "src":
            self.weight += self.rounds * WEIGHT_OF_CODE
            expression = self._expression(element, value, None)
            if expression is not None and (expression.kind != shown.IMAGE or element.tag != "img"):
                self._add(
                    element, "t-att-src takes a code: object.qrcode_ids.get_by_name('…').content_htmlsafe."
                )
        elif name == "style":
            self._add(element, "Write t-attf-style, with numbers in {{ }}, or classes.")
        elif name in SPANS:
            self._check_static(element, name, "")
        else:
            self.weight += self.rounds * WEIGHT_OF_TEXT
            self._expression(element, value, SCALARS)

    def _check_format(self, element, name, value):
        kinds = {"src": {shown.BASE64}, "style": {shown.INT}}.get(name, SCALARS)
        self.weight += self.rounds * (WEIGHT_OF_CODE if name == "src" else WEIGHT_OF_TEXT + len(value))
        self._placeholders(element, value, kinds)
        static = PLACEHOLDER.sub("0" if name == "style" else "", value[:MAX_FORMAT])
        if name == "style" or name in SPANS:
            self._check_static(element, name, static if name == "style" else "")
        elif name == "src" and not (element.tag == "img" and CODE_IMAGE.fullmatch(static.strip())):
            self._add(element, "t-attf-src is data:image/png;base64,{{ … }} with a code's content_base64.")

    # ---- Expressions --------------------------------------------------------------------------------------------
    def _placeholders(self, element, value, kinds):
        if len(value) > MAX_FORMAT:
            self._add(element, f"Texts with {{{{ … }}}} have at most {MAX_FORMAT} characters.")
            return []
        found = [one.group(1) or one.group(2) for one in PLACEHOLDER.finditer(value)]
        return [
            one for one in (self._expression(element, source, kinds) for source in found) if one is not None
        ]

    def _expression(self, element, source, kinds):
        try:
            expression = Expression(source or "", self.names, self.code_names)
        except ExpressionError as error:
            self._add(element, str(error))
            return None
        if kinds is not None and expression.kind not in kinds:
            self._add(element, f"“{source.strip()[:60]}” is a {expression.kind}: it cannot stand here.")
            return None
        return expression
