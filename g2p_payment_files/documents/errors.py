"""What goes wrong with documents, said so that a person can mend it."""


class DocumentError(Exception):
    """What cannot be put into a document: all of it at once.

    The exception's own text holds counts only: it may reach a log, and findings speak of payees.

    :param dict findings: {reference of a payment: what is wrong with it, where, and what to do}; several reasons of
        one payment are separated by a line break
    :param str text: what is wrong with the document as a whole, empty where only payments are to blame
    """

    def __init__(self, findings=None, text=""):
        self.findings = dict(findings or {})
        self.text = text
        super().__init__(self._get_summary())

    def _get_summary(self):
        parts = [self.text] if self.text else []
        if self.findings:
            parts.append(f"{len(self.findings)} payment(s) cannot be put into the document.")
        return " ".join(parts) or "The document cannot be made."

    def get_message(self, limit=50):
        """Return everything as text for a person: the document's reason, then one line for each payment.

        :param int limit: payments named; the rest is counted
        """
        lines = [self.text] if self.text else []
        named = list(self.findings.items())
        for reference, reason in named[:limit]:
            lines += [f"{reference}: {one}" for one in reason.splitlines()]
        if len(named) > limit:
            lines.append(f"... and {len(named) - limit} more.")
        return "\n".join(lines) or str(self)


class Findings:
    """Collects findings, so that none hides another."""

    def __init__(self):
        self.by_reference = {}
        self.texts = []

    def add(self, reference, reason):
        """Note what is wrong with a payment, once.

        :param str reference: ``g2p.payment.name``
        :param str reason: column, what is wrong, and what to do
        """
        reasons = self.by_reference.setdefault(reference, [])
        if reason not in reasons:
            reasons.append(reason)

    def add_text(self, text):
        """Note what is wrong with the document as a whole, once."""
        if text not in self.texts:
            self.texts.append(text)

    def raise_if_any(self):
        """Raise :class:`DocumentError` with everything that was noted."""
        if self.by_reference or self.texts:
            findings = {reference: "\n".join(reasons) for reference, reasons in self.by_reference.items()}
            raise DocumentError(findings, "\n".join(self.texts))
