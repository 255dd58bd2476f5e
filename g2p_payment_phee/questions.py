"""The calls of one question, and the one answer that is stored of them.

A question is several calls under one deadline: a search for the batch where its id is not known, its summary, and
its details page by page. What they said is kept whole, in the order in which it was said; when the time is over
half-way, what was heard is told and the rest stays open.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from urllib.parse import quote, urlencode

from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, SubmissionData
from odoo.addons.g2p_programs.dispatch.tokens import NoAccess
from odoo.addons.g2p_programs.dispatch.transport import HttpRequest, Transport

from . import answers, const
from .settings import Settings
from .tokens import HostAccess

SEARCH = "search"
SUMMARY = "summary"
DETAILS = "details"


@dataclass(frozen=True)
class Said:
    """What one call of a question brought.

    :param what: :data:`SEARCH`, :data:`SUMMARY` or :data:`DETAILS`
    :param batch: the batch that was asked about, empty for a search
    """

    what: str
    batch: str
    page: int
    status: int
    fault: str
    body: str

    @property
    def is_good(self) -> bool:
        """Whether it was answered at all, and with success."""
        return not self.fault and self.status == 200

    @property
    def code(self) -> str:
        """What was wrong with it, for officers."""
        return self.fault or f"http.{self.status}"


@dataclass(frozen=True)
class Heard:
    """All that one question brought.

    :param key: business key of the submission it was about
    :param batch: the batch that was asked about; empty when it had to be searched for
    """

    key: str
    batch: str
    said: tuple[Said, ...]

    def of(self, what: str, batch: str = "") -> tuple[Said, ...]:
        """Return the calls of one kind, about one batch."""
        return tuple(one for one in self.said if one.what == what and one.batch == batch)


def read_heard(text: str) -> Heard | None:
    """Return what :class:`Inquiry` has stored, or None for anything else."""
    try:
        body = json.loads(text)
        said = tuple(Said(**one) for one in body["said"])
        heard = Heard(body["key"], body["batch"], said)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    texts = [heard.key, heard.batch]
    texts += [value for one in said for value in (one.what, one.batch, one.fault, one.body)]
    numbers = [value for one in said for value in (one.page, one.status)]
    fits = all(isinstance(one, str) for one in texts) and all(isinstance(one, int) for one in numbers)
    return heard if fits else None


class Inquiry:
    """One question about one submission.

    :param transport: all calls share its deadline
    :param access: to the operations app
    """

    def __init__(self, transport: Transport, settings: Settings, access: HostAccess):
        self._transport = transport
        self._settings = settings
        self._access = access
        self._said = []
        self._spent = 0
        self._chars = 0

    def ask(self, submission: SubmissionData) -> Answer:
        """Ask what became of ``submission`` and return one answer that holds all that was said.

        Faults of the first call are the answer's own.
        """
        batch = submission.correlation
        try:
            found = (batch,) if batch else self._search(submission.key)
            for one in found[: const.MAX_SAME_CORRELATION]:
                self._read_batch(one)
        except NoAccess as problem:
            if not self._said:
                return problem.answer
            self._keep(SUMMARY, "", 0, problem.answer)
        first = self._said[0]
        if first.fault:
            return Answer(Fault(first.fault), first.status, "", {}, self._spent, first.what)
        heard = {"key": submission.key, "batch": batch, "said": [asdict(one) for one in self._said]}
        return Answer(status=self._said[-1].status, body=json.dumps(heard), duration_ms=self._spent)

    def _search(self, key):
        """Return the batches that carry our correlation id, newest first, from as many pages as there is time for."""
        query = {"limit": const.SEARCH_PAGE_SIZE, "sort": "-startedAt", **self._search_from()}
        pages = []
        for number in range(const.MAX_SEARCH_PAGES):
            query["offset"] = sum(page.rows for page in pages)
            said = self._get(SEARCH, "", number, self._settings.batches_url, query)
            page = answers.batches(said.body) if said.is_good else None
            if page is None:
                return ()
            pages.append(page)
            found = answers.batches_with(page, key)
            if found or is_search_over(pages):
                return tuple(dict.fromkeys(found))
        return ()

    def _search_from(self):
        try:
            start = date.fromisoformat(self._settings.searched_from) - timedelta(const.SEARCH_DAYS_BEFORE)
        except (ValueError, OverflowError):
            # No day, or none that can be counted back from: then all batches are searched.
            return {}
        return {"dateFrom": f"{start.isoformat()} 00:00:00"}

    def _read_batch(self, batch):
        url = f"{self._settings.status_endpoint_url.rstrip('/')}/{quote(batch, safe='')}"
        said = self._get(SUMMARY, batch, 0, url, {})
        told = answers.summary(said.body, batch) if said.is_good else None
        if told is None or not told.says_something_final:
            return
        query = {"batchId": batch, "status": "ALL", "pageSize": const.PAGE_SIZE, "command": "json"}
        for number in range(const.MAX_PAGES):
            said = self._get(DETAILS, batch, number, self._settings.details_url, query | {"pageNo": number})
            page = answers.details(said.body) if said.is_good else None
            if page is None or page.is_last or not page.transfers:
                return

    def _get(self, what, batch, number, url, query):
        """Make one call, with another token if the first one is refused: a question may be repeated."""
        answer = self._send(url, query)
        if answer.status == 401 and self._access.renews:
            self._access.refused()
            answer = self._send(url, query)
        return self._keep(what, batch, number, answer)

    def _send(self, url, query):
        headers = self._access.headers(self._transport)
        headers |= {const.TENANT_HEADER: self._settings.tenant_id, "Accept": "application/json"}
        if query:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
        answer = self._transport.send(HttpRequest("GET", url, headers=headers))
        self._spent += answer.duration_ms
        return self._access.hide(answer)

    def _keep(self, what, batch, number, answer):
        fault, body = answer.fault.value, answer.body
        self._chars += len(body)
        if self._chars > const.MAX_ANSWER_CHARS:
            fault, body = Fault.TOO_LARGE.value, ""
        said = Said(what, batch, number, answer.status, fault, body)
        self._said.append(said)
        return said


def is_search_over(pages: list[answers.BatchesPage]) -> bool:
    """Whether there is nothing behind these pages of the list of all batches.

    A full page is never the last one, whatever total it names; a server may also give less than was asked for.
    """
    last, seen = pages[-1], sum(page.rows for page in pages)
    short = last.rows < const.SEARCH_PAGE_SIZE
    return last.rows == 0 or (short and (last.total is None or seen >= last.total))
