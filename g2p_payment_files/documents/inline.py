"""What a QR or bar code carries: ``{{ object.name }}`` in a text, or in the strings of a JSON document.

JSON is parsed first and filled in afterwards, string by string, so that no quote in a name can ever become part of its
structure, and with that of what is signed.
"""

import json

from . import shown
from .errors import DocumentError, Findings
from .expressions import SCALARS, Expression, ExpressionError
from .sandbox import PLACEHOLDER

MAX_SOURCE = 4000
MAX_DEPTH = 20
JSON_TYPES = ("json", "jwt", "cwt")
SIGNED_TYPES = ("jwt", "cwt")
#: Who signs which type: names of the provider's methods.
SIGN = {"jwt": "jwt_sign", "cwt": "cwt_sign"}
#: What a signature makes true of a payment: such a claim says what is on record, and nothing that somebody typed.
#: {claim, as letters and digits: what may be filled in}; a claim about a whole file is in no code of a payment.
FACTS = {
    "reference": ("reference", "name"),
    "endtoendid": ("end_to_end_id",),
    "sub": (
        "reference", "name", "end_to_end_id", "entitlement_code", "entitlement_id.code", "registrant_id",
        "partner_id.registrant_id",
    ),
    "amount": ("amount", "amount_issued"),
    "fee": ("fee", "payment_fee"),
    "currency": ("currency", "currency_id.name"),
    "payeename": ("payee_name",),
    "payeeidtype": ("payee_id_type",),
    "payeeidvalue": ("payee_id_value", "account_number"),
    "payeebankcode": ("payee_bank_code",),
    "messageid": (),
    "count": (),
    "total": (),
}  # fmt: skip
SUBJECTS = {
    shown.PAYMENT: {"object": shown.CODED},
    shown.BATCH: {"object": shown.BATCH},
}


class InlineError(ValueError):
    """What is wrong with the body of a code, for the person who wrote it."""


class Inline:
    """The body of a code, checked and ready to be filled in.

    :param str source: what was typed
    :param str data_type: ``string``, ``json``, ``jwt`` or ``cwt``
    :param str subject: ``payment`` or ``batch``
    :raise InlineError: saying what is wrong
    """

    def __init__(self, source, data_type="string", subject=shown.PAYMENT):
        self.data_type = data_type
        self.names = SUBJECTS[subject]
        source = source or ""
        if not source.strip():
            raise InlineError("It is empty: write what the code carries.")
        if len(source) > MAX_SOURCE:
            raise InlineError(f"It is longer than {MAX_SOURCE} characters.")
        if data_type in JSON_TYPES:
            self.body = self._prepare(_parse_json(source), 0)
            if data_type in SIGNED_TYPES and not isinstance(self.body, dict):
                raise InlineError("What is signed is a JSON object: { … }.")
            if data_type in SIGNED_TYPES:
                _check_claims(self.body)
        else:
            self.body = self._prepare_text(source)

    def _prepare(self, value, depth):
        if depth > MAX_DEPTH:
            raise InlineError("The JSON is nested too deep.")
        if isinstance(value, dict):
            for key in value:
                if PLACEHOLDER.search(key):
                    raise InlineError(f"“{key[:40]}”: only values can be filled in, not their names.")
            return {key: self._prepare(one, depth + 1) for key, one in value.items()}
        if isinstance(value, list):
            return [self._prepare(one, depth + 1) for one in value]
        return self._prepare_text(value) if isinstance(value, str) else value

    def _prepare_text(self, text):
        """Return a :class:`_Text`, in which texts and expressions take turns."""
        pieces, end = [], 0
        for found in PLACEHOLDER.finditer(text):
            if found.group(1) is not None:
                raise InlineError(f"“{found.group()[:40]}”: write {{{{ … }}}}.")
            try:
                expression = Expression(found.group(2), self.names)
            except ExpressionError as error:
                raise InlineError(str(error)) from None
            if expression.kind not in SCALARS:
                raise InlineError(f"“{found.group(2).strip()[:60]}” is a {expression.kind}: say what of it.")
            pieces += [text[end : found.start()], expression]
            end = found.end()
        return _Text([one for one in (*pieces, text[end:]) if one != ""])

    def fill_in(self, subject, helpers=None):
        """Return it with what the subject says: a text, or for JSON a Python value.

        :param subject: a :class:`~.shown.ShownPayment` or :class:`~.shown.ShownBatch`
        :param dict helpers: {name: function}, see :func:`~.shown.get_helpers`
        """
        values = {**(helpers or shown.get_helpers()), "object": subject}
        return _fill(self.body, values, keep=self.data_type in JSON_TYPES)

    def carry(self, subject, provider=None, helpers=None):
        """Return the text that the code carries.

        :param provider: ``g2p.encryption.provider`` that signs; without one, a text that says so
        """
        body = self.fill_in(subject, helpers)
        if self.data_type == "string":
            return body
        if self.data_type == "json":
            return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        if provider is None:
            return "PREVIEW.NOT-SIGNED." + json.dumps(body, separators=(",", ":"))
        return getattr(provider, SIGN[self.data_type])(body)


class _Text(list):
    """Texts and expressions of one string."""


def _check_claims(body):
    """Raise when what is to be signed says of a payment what is not the payment's own."""
    for name, value in body.items():
        known = FACTS.get("".join(one for one in name.casefold() if one.isalnum()))
        if known is None:
            continue
        only = value[0] if isinstance(value, _Text) and len(value) == 1 else None
        allowed = [f"object.{one}" for one in known]
        if not isinstance(only, Expression) or only.source.strip() not in allowed:
            shown_as = " or ".join(f"{{{{ {one} }}}}" for one in allowed)
            raise InlineError(
                f"“{name[:40]}” is signed: it is {shown_as} and nothing else."
                if allowed
                else f"“{name[:40]}” cannot be signed in the code of a payment."
            )


def _fill(body, values, keep):
    if isinstance(body, dict):
        filled = {key: _fill(one, values, keep) for key, one in body.items()}
        # What is not known is left out: null means something else, in a token above all.
        return {key: one for key, one in filled.items() if one is not None}
    if isinstance(body, _Text):
        if keep and len(body) == 1 and isinstance(body[0], Expression):
            value = body[0].evaluate(values)
            return value if value is None or isinstance(value, int) else str(value)
        parts = (one.evaluate(values) if isinstance(one, Expression) else one for one in body)
        return "".join("" if part is None or part is False else str(part) for part in parts)
    if isinstance(body, list):
        return [_fill(one, values, keep) for one in body]
    return body


def _parse_json(source):
    def no_doubles(pairs):
        found = dict(pairs)
        if len(found) < len(pairs):
            raise InlineError("A name is there twice in the JSON.")
        return found

    def refuse(number):
        raise InlineError(
            f"Write {number[:20]} as a text, in quotes: JSON numbers with a point are not exact."
        )

    try:
        return json.loads(source, object_pairs_hook=no_doubles, parse_float=refuse, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise InlineError(
            f"It is no JSON: {error.msg}, line {error.lineno}. Placeholders stand in quotes: "
            '{"sub": "{{ object.name }}"}.'
        ) from None
    except (RecursionError, ValueError) as error:
        if isinstance(error, InlineError):
            raise
        raise InlineError("It is no JSON that can be read.") from None


def find_subject(code):
    """Return what the body of a code is about: ``payment``, or ``batch`` when it says what only a batch has.

    :param Code code: the code
    :raise InlineError: saying what is wrong with its body
    """
    try:
        Inline(code.body, code.data_type)
        return shown.PAYMENT
    except InlineError as error:
        try:
            Inline(code.body, code.data_type, shown.BATCH)
        except InlineError:
            raise error from None
        if code.data_type in SIGNED_TYPES:
            raise InlineError(f"Signed codes are about one payment. {error}") from None
        return shown.BATCH


def make_codes(layout, payments, provider=None):
    """Return what the codes of payments carry, signed where they are asked to be.

    :param Layout layout: with the codes; those about the batch are left out
    :param payments: list of :class:`~.facts.PaymentFacts`
    :param provider: ``g2p.encryption.provider`` that signs; None for a preview, which signs nothing
    :return: list of {name: text}, in the order of the payments
    :raise DocumentError: naming every payment and code where that cannot be done
    """
    inlines = {
        code.name: Inline(code.body, code.data_type)
        for code in layout.codes
        if find_subject(code) == shown.PAYMENT
    }
    if (
        provider is not None
        and not provider
        and any(one.data_type in SIGNED_TYPES for one in inlines.values())
    ):
        raise DocumentError(text="The codes are signed, but nobody signs: choose an encryption provider.")
    helpers, findings, result = shown.get_helpers(layout), Findings(), []
    for facts in payments:
        payment = shown.ShownCoded(facts)
        texts = {}
        for name, inline in inlines.items():
            try:
                texts[name] = inline.carry(payment, provider, helpers)
            except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
                findings.add(facts.reference, f"Code {name}: {_explain(error)}")
        result.append(texts)
    findings.raise_if_any()
    return result


def make_head_codes(layout, head):
    """Return {name: text} of the codes that are about the batch as a whole.

    :param FileFacts head: the file that shows them
    """
    batch, helpers = shown.ShownBatch(head), shown.get_helpers(layout)
    return {
        code.name: Inline(code.body, code.data_type, shown.BATCH).carry(batch, helpers=helpers)
        for code in layout.codes
        if find_subject(code) == shown.BATCH
    }


def _explain(error):
    if isinstance(error, AttributeError | TypeError | ArithmeticError):
        return "something that its text needs is not known of this payment: fill it in, or change the code."
    return str(error)
